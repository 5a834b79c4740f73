"""Documents cut into passages."""

from __future__ import annotations

from hypothesis import given, strategies as st

from aizoomdoc_client.local import Document, Page, read_document
from aizoomdoc_client.local.searching.passages import LARGEST_SIZE, USUAL_SIZE, passages
from tests.local.support import NOTE


def document(*pages: str) -> Document:
    found = tuple(Page(number, text) for number, text in enumerate(pages, start=1))
    return Document(name="a.txt", pages=found, page_count=len(found))


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=300), max_size=40)


@given(LINES)
def test_no_letter_is_lost(lines: list[str]) -> None:
    """All passages together are the text, but for white space."""
    text = "\n".join(lines)

    assert "".join(text.split()) == "".join("".join(passage.text.split()) for passage in passages(document(text)))


@given(LINES)
def test_a_passage_can_be_quoted(lines: list[str]) -> None:
    """It is never empty and never a page long."""
    longest = LARGEST_SIZE + 2 * USUAL_SIZE
    assert all(passage.text.strip() and len(passage.text) <= longest for passage in passages(document("\n".join(lines))))


def test_a_passage_stands_under_its_headings() -> None:
    """Numbered ones and Markdown's, the outer ones included, over the end of a page."""
    found = list(
        passages(document("4 Вентиляция\n4.1 Система П1\nПриточная.\n4.2 Система В2\nВытяжная.", "Ещё о ней.\n# Прочее\nТекст."))
    )

    assert [
        (1, ("4 Вентиляция", "4.1 Система П1")),
        (1, ("4 Вентиляция", "4.2 Система В2")),
        (2, ("4 Вентиляция", "4.2 Система В2")),
        (2, ("Прочее",)),
    ] == [(passage.page, passage.headings) for passage in found]


def test_a_row_of_a_table_is_no_heading() -> None:
    """Although it begins with a number and a capital letter."""
    rows = "\n".join(f"{number} Вентилятор канальный 25{number} шт. 1 2,5 10" for number in range(1, 6))

    assert [()] == [passage.headings for passage in passages(document(rows))]


def test_rows_of_a_table_stay_together() -> None:
    """Beyond the usual size."""
    rows = "\n".join(f"В{number} | Кабинеты | {number}00 м³/ч | ВК-{number}" for number in range(1, 26))

    assert USUAL_SIZE < len(rows) < LARGEST_SIZE
    assert [rows] == [passage.text for passage in passages(document(rows))]


def test_a_passage_ends_with_a_sentence() -> None:
    """Where there is one to end with."""
    text = "\n".join(
        f"Это предложение {number} занимает целую строку, и ещё немного\nпродолжается на следующей строке."
        for number in range(20)
    )

    assert all(passage.text.endswith(".") for passage in passages(document(text)))


def test_a_line_too_long_is_cut_between_sentences() -> None:
    """As text files without line ends have it."""
    text = " ".join(f"Это предложение номер {number}." for number in range(200))
    found = list(passages(document(text)))

    assert all(len(passage.text) <= USUAL_SIZE and passage.text.endswith(".") for passage in found)


def test_running_titles_are_left_out() -> None:
    """The sample note has the same line at the foot of its pages, but for the number."""
    found = list(passages(read_document(NOTE)))

    assert [] == [passage.page for passage in found if "Лабораторно-административный корпус Лист" in passage.text]
    assert 7 == len({passage.page for passage in found})
