"""Growing Markdown: what is printed for good, and that it adds up to the whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings, strategies as st
from rich.console import Console
from rich.segment import SegmentLines

from aizoomdoc_client.cli.display.answer_display import RESTARTED
from aizoomdoc_client.cli.display.markdown import CHANGED, BlockPrinter, blocks, finished_length, lay_out

PARTS = st.sampled_from(
    [
        "# Заголовок",
        "## Ещё",
        "Абзац текста",
        "вторая строка",
        "- пункт",
        "  - вложенный",
        "1. первый",
        "2. второй",
        "7. 50*50*5",
        "27.",
        "> цитата",
        ">7 мм",
        "-",
        "=",
        "100",
        "```",
        "| а | б |",
        "|---|---|",
        "| 1 | 2 |",
        "| 1 | 2 | 3*4 |",
        "---",
        "===",
        "    код",
        "",
        "",
        " ",
        "\t",
        "<b>не тег</b>",
        "&#x202e;",
        "[ссылка](https://x.example)",
    ]
)
DOCUMENTS = st.lists(PARTS, max_size=12).map("\n".join)
ANSWER = "# Итог\n\nАбзац.\n\n1. раз\n2. два\n\n| а | б |\n|---|---|\n| 1 | 2 |\n\n```\nкод\n```\n\n- а\n- б\n\nКонец."


def console() -> Console:
    return Console(file=io.StringIO(), width=60)


def printed(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return "\n".join(line.rstrip() for line in screen.file.getvalue().rstrip("\n").split("\n"))


def whole(text: str) -> str:
    screen = console()
    screen.print(SegmentLines(lay_out(screen, text), new_lines=True), end="")
    return printed(screen)


@given(DOCUMENTS)
def test_blocks_add_up(text: str) -> None:
    """The blocks of a text joined are the text."""
    assert text == "".join(blocks(text)) or not text


@settings(max_examples=300)
@given(DOCUMENTS, DOCUMENTS)
@example("1. а\n\n", "2. б")
@example("- а\n\n", "  ещё а")
@example("```\nкод\n\n", "код\n```")
@example("Абзац", "\n===\n")
def test_what_is_finished_does_not_change(before: str, after: str) -> None:
    """Whatever comes after them, the blocks that are said to be finished_length are blocks of the longer text, too."""
    end = finished_length(before)
    cuts = {sum(map(len, blocks(before + after)[:number])) for number in range(len(blocks(before + after)) + 1)}

    assert end == 0 or end in cuts or not after.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Абзац", ""),
        ("Абзац\n", ""),
        ("Абзац\n\n", "Абзац\n\n"),
        ("Абзац\n\nВторой", "Абзац\n\n"),
        ("# Заголовок\n\n", ""),
        ("# Заголовок\n\nАбзац\n\n", "# Заголовок\n\nАбзац\n\n"),
        ("- а\n- б\n\n", ""),
        ("- а\n\nАбзац\n", "- а\n\n"),
        ("```\nа\n\n", ""),
        ("```\nа\n```\n\nАбзац\n", "```\nа\n```\n\n"),
    ],
)
def test_a_block_is_finished_when_the_next_one_or_a_blank_line_says_so(text: str, expected: str) -> None:
    """Only what nothing can change is finished_length; a heading waits for what it heads."""
    assert expected == text[: finished_length(text)]


@settings(max_examples=60)
@given(DOCUMENTS, st.integers(1, 9))
@example(ANSWER, 5)
def test_pieces_look_like_the_whole(text: str, size: int) -> None:
    """An answer printed block by block as it comes looks as if it had been printed at once."""
    screen = console()
    printer = BlockPrinter(screen)
    for end in range(0, len(text), size):
        printer.print_finished(text[:end])
    printer.print_all(text)

    assert whole(text) == printed(screen)


def test_a_restart_behind_printed_text_is_told_and_printed_anew() -> None:
    """Where printed blocks no longer hold, the first that changed and all after it are printed again, after a word about it."""
    screen = console()
    printer = BlockPrinter(screen)
    printer.print_finished("Один.\n\nДва.\n\nТри.\n\n")
    printer.print_finished("Один.\n\nДва")
    printer.print_all("Один.\n\nДва с половиной.")

    assert f"Один.\n\nДва.\n\nТри.\n{CHANGED}\n\nДва с половиной." == printed(screen)


def test_an_answer_that_begins_anew_begins_at_once() -> None:
    """Where nothing that was printed holds, the text follows the word about it without a gap."""
    screen = console()
    printer = BlockPrinter(screen)
    printer.print_finished("Один.\n\nДва.\n\n")
    printer.print_all("Три.")

    assert f"Один.\n\nДва.\n{RESTARTED}\nТри." == printed(screen)


def test_a_restart_within_the_growing_block_needs_no_word() -> None:
    """What was not printed for good yet is simply replaced."""
    screen = console()
    printer = BlockPrinter(screen)
    printer.print_finished("Один.\n\nДва")
    printer.print_all("Один.\n\nТри.")

    assert "Один.\n\nТри." == printed(screen)


def test_a_text_that_comes_again_needs_no_word() -> None:
    """A new round that says the same as what is printed is not printed again; one that ends sooner is told."""
    screen = console()
    printer = BlockPrinter(screen)
    printer.print_finished("Один.\n\nДва.\n\n")
    for text in ("", "Оди", "Один.\n\nДва.\n\nТри.\n\n"):
        printer.print_finished(text)
    assert "Один.\n\nДва.\n\nТри." == printed(screen)

    printer.print_all("Один.\n\n")
    assert f"Один.\n\nДва.\n\nТри.\n{CHANGED}" == printed(screen)


def test_markup_cannot_smuggle_characters() -> None:
    """A character that is written as an entity is as harmless as one that is not; HTML and links are shown for what they are."""
    text = whole("а\x1b[31m &#x202e;б &#27;[2J <script>в</script> [банк](https://evil.example)")

    assert not {char for char in text if char != "\n" and (ord(char) < 0x20 or char == "\u202e")}
    assert ("<script>в</script>" in text, "https://evil.example" in text) == (True, True)


def test_a_long_answer_is_laid_out_once() -> None:
    """Printing as it comes costs in proportion to the text: what is printed is not looked at again."""
    text = "".join(f"Абзац {number}. {'слово ' * 20}\n\n" for number in range(300))
    screen, seen = console(), list[int]()
    printer = BlockPrinter(screen)
    for end in range(0, len(text) + 1, 40):
        printer.print_finished(text[:end])
        seen.append(len(printer.rest(text[:end])))

    assert max(seen) < 10
