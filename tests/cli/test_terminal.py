"""What a person at a terminal sees: drawing, hidden typing, Ctrl-C."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.segment import SegmentLines

from aizoomdoc_client.cli.display.markdown import lay_out
from aizoomdoc_client.testing import (
    Hang,
    Moment,
    ScriptedServer,
    SyncPoint,
    complex_answer,
    diverging_answer,
    error_answer,
    followup_answer,
    pieces_of,
    queued_answer,
)
from aizoomdoc_client.testing.steps import Stall, Wait
from tests.cli.program import TOKEN, Program
from tests.cli.screen import Screen
from tests.cli.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")

ANSWER = (
    "# Размещение ВРУ-1\n\nВ **помещении 003**, в осях 2–3.\n\n"
    + "".join(f"Абзац {number}: {'слово ' * 25}\n\n" for number in range(1, 8))
    + "| Система | Расход |\n|---|---|\n| В2 | 2450 |\n\n1. раз\n2. два\n\n```\nкод\n```\n\nКонец."
)

PHASES = ["→ Генерация ответа...", "→ Flash собирает контекст...", "→ Подготовка PNG изображений...", "→ Pro формирует ответ..."]


def drawn(text: str, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(SegmentLines(lay_out(console, text), new_lines=True), end="")
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


@pytest.mark.parametrize(("width", "height"), [(80, 24), (50, 8)])
def test_an_answer_scrolls_by_whole(logged_in: Program, server: ScriptedServer, width: int, height: int) -> None:
    """However small the terminal, scrolling back shows the whole answer once, as if it had been printed at its end."""
    waits = [Wait(SyncPoint()) for _ in range(3)]
    answer = complex_answer(ANSWER, images=())
    for number, wait in enumerate(waits):
        answer = answer.interrupted(42 + 60 * number, wait)
    server.answer_with(answer)
    with Terminal(logged_in.environment(), "chat", "send", "?", "--show-thinking", width=width, height=height) as terminal:
        for wait, paragraph in zip(waits, ("Абзац 1", "Абзац 3", "Абзац 6"), strict=True):
            terminal.until(paragraph)  # drawn while the rest is still to come
            assert isinstance(wait.point, SyncPoint)
            wait.point.set()
        code = terminal.end()

    before = ["Made the chat “?”", *PHASES, "Смотрю планы. Сверяю спецификации."]
    assert (0, "\n".join(before) + "\n" + drawn(ANSWER, width)) == (code, terminal.screen.text)


def test_a_block_longer_than_the_terminal_shows_its_end(logged_in: Program, server: ScriptedServer) -> None:
    """While a long list grows, one sees what came last; when it is complete it scrolls by whole."""
    items = [f"- пункт {number}" for number in range(1, 41)]
    answer = complex_answer("\n".join(items), pieces=[f"{item}\n" for item in items], images=())
    server.answer_with(answer.interrupted(38, Wait(held := SyncPoint())))
    with Terminal(logged_in.environment(), "chat", "send", "?", height=12) as terminal:
        terminal.until("пункт 29")
        seen = terminal.screen.visible
        held.set()
        terminal.end()

    assert ("пункт 29" in seen, "answering" in seen, False) == (True, True, "пункт 2\n" in seen)
    assert [f" – пункт {number}" for number in range(1, 41)] == terminal.screen.text.split("\n")[-40:]


def test_the_status_line_tells_of_queue_phase_and_thinking(logged_in: Program, server: ScriptedServer) -> None:
    """While waiting one sees the place in the queue, then the phase with its progress; at the end nothing of it is left."""
    points = [SyncPoint() for _ in range(3)]
    queued = queued_answer(complex_answer("Ответ", images=()), positions=(4,))
    server.answer_with(queued.interrupted(1, Wait(points[0])).interrupted(5, Wait(points[1])).interrupted(8, Wait(points[2])))
    with Terminal(logged_in.environment(AIZOOMDOC_LANG="ru"), "chat", "send", "?") as terminal:
        for point, expected in zip(points, ("в очереди: 4", "Контекст собран 100%", "думает"), strict=True):
            terminal.until(expected)
            point.set()
        terminal.end()

    assert [*PHASES, "Ответ"] == terminal.screen.text.split("\n")[1:]


def test_a_new_round_is_announced_where_text_was_printed(logged_in: Program, server: ScriptedServer) -> None:
    """Text that scrolled by cannot be taken back: what follows is announced, in order with the model's call."""
    server.answer_with(followup_answer("Черновик.\n\nВторой абзац чернов", "Ответ.").interrupted(11, Wait(held := SyncPoint())))
    with Terminal(logged_in.environment(), "chat", "send", "?") as terminal:
        terminal.until("Черновик.")
        held.set()
        terminal.end()
    lines = terminal.screen.text.split("\n")

    assert ["Черновик.", "→ zoom: Не видно размеров", "→ Приближение", "The answer begins anew:", "Ответ."] == lines[5:10]
    assert ["Images:", "  zoom 640×480 План этажа https://files.example/crops/block-1.png"] == lines[-2:]


def test_a_final_text_that_differs_at_its_end_replaces_that_end(logged_in: Program, server: ScriptedServer) -> None:
    """Blocks that still hold are not printed again."""
    server.answer_with(diverging_answer("Один.\n\nДва.\n\nТри.\n\n", "Один.\n\nДва.\n\nЧетыре."))
    with Terminal(logged_in.environment(), "chat", "send", "?") as terminal:
        terminal.end()

    assert 1 == terminal.screen.text.count("Один.")
    assert "Четыре." in terminal.screen.text


def test_ctrl_c_keeps_what_came(logged_in: Program, server: ScriptedServer) -> None:
    """Ctrl-C on a terminal leaves the text until then in sight, says so in a line, and shows the cursor again."""
    server.answer_with(complex_answer("Первый абзац.\n\nВторой, который никогда").interrupted(12, Stall()))
    with Terminal(logged_in.environment(), "chat", "send", "?") as terminal:
        terminal.until("Второй")
        terminal.type("\x03")
        code = terminal.end()
    lines = terminal.screen.text.split("\n")

    assert (130, "Interrupted", True) == (code, lines[-1], "Первый абзац." in lines)
    assert (1, terminal.output.count("\x1b[?25l")) == (lines.count("Первый абзац."), terminal.output.count("\x1b[?25h"))
    assert "Traceback" not in terminal.output


def test_sigterm_keeps_what_came_and_shows_the_cursor(logged_in: Program, server: ScriptedServer) -> None:
    """Ended by another program, an answer that is being drawn leaves its text and a usable terminal: 143, as shells have it."""
    server.answer_with(complex_answer("Первый абзац.\n\nВторой, который никогда").interrupted(12, Stall()))
    with Terminal(logged_in.environment(), "chat", "send", "?") as terminal:
        terminal.until("Второй")
        terminal.process.terminate()
        code = terminal.end()
    lines = terminal.screen.text.split("\n")

    assert (143, "Interrupted", 1) == (code, lines[-1], lines.count("Первый абзац."))
    assert 0 < terminal.output.count("\x1b[?25l") == terminal.output.count("\x1b[?25h")
    assert "Traceback" not in terminal.output
    server.until_blocking(lambda: server.model_runs[0].state == "cancelled")


def test_a_terminal_that_is_closed_ends_its_answer(logged_in: Program, server: ScriptedServer) -> None:
    """SIGHUP, with nobody to write to any more: the command ends all the same, and gives up its run."""
    server.answer_with(complex_answer("Первый абзац.\n\nВторой, который никогда").interrupted(12, Stall()))
    with Terminal(logged_in.environment(), "chat", "send", "?") as terminal:
        terminal.until("Второй")
        terminal.hang_up()

        assert 129 == terminal.process.wait(20)
    server.until_blocking(lambda: server.model_runs[0].state == "cancelled")


def test_a_failed_answer_keeps_what_came(logged_in: Program, server: ScriptedServer) -> None:
    """An error in the middle of an answer stands in a line below the text until then."""
    server.answer_with(error_answer("Модель упала", draft="Половина ответа"))
    with Terminal(logged_in.environment(), "chat", "send", "?") as terminal:
        code = terminal.end()
    lines = terminal.screen.text.split("\n")

    assert (8, ["Половина ответа", "Error: Модель упала"]) == (code, lines[-3:-1])


@pytest.mark.parametrize("options", [(), ("--plain",)], ids=["drawn", "plain"])
def test_a_model_cannot_command_the_terminal(logged_in: Program, server: ScriptedServer, options: tuple[str, ...]) -> None:
    """Escape sequences, control and bidi characters of an answer, its thinking and its phases reach no terminal."""
    evil = "\x1b]0;title\x07\x1b[2J\x9b31m\x08\u202eвраг\u2066\x1b]8;;https://evil.example\x1b\\клик\x00"
    image = {"block_id": evil, "kind": evil, "url": evil, "reason": evil}
    answer = complex_answer(evil * 3, pieces=pieces_of(evil * 3, 1), thoughts=list(evil), images=[image])
    server.answer_with(answer.preceded_by(("phase_started", {"phase": evil, "description": evil})))
    with Terminal(logged_in.environment(), "chat", "send", "?", "--show-thinking", *options) as terminal:
        code = terminal.end()
    own = re.sub(r"\x1b\[(?:[\d;]*m|\?25[lh]|\d*A|2?K)", "", terminal.output)

    assert (0, set()) == (code, {char for char in own if char in "\x1b\x07\x08\x00\x9b\u202e\u2066"})
    assert "враг" in own


def test_a_token_is_typed_unseen(program: Program, server: ScriptedServer) -> None:
    """A login at a terminal asks for server and token; the token does not show."""
    with Terminal(program.environment(), "login") as terminal:
        terminal.until("The server's address")
        terminal.type(f"{server.url}\n")
        terminal.until("Token:")
        terminal.type(f"{TOKEN}\n")
        code = terminal.end()

    assert (0, False, True) == (code, TOKEN in terminal.output, "Logged in: user-1" in terminal.screen.text)


def test_ctrl_c_at_a_question_ends_it(program: Program) -> None:
    """Ctrl-C at a prompt is no traceback either."""
    with Terminal(program.environment(), "login", "--server", "http://localhost:1") as terminal:
        terminal.until("Token:")
        terminal.type("\x03")
        code = terminal.end()

    assert (130, "Interrupted") == (code, terminal.screen.text.split("\n")[-1])


def test_lists_are_drawn(logged_in: Program, server: ScriptedServer) -> None:
    """On a terminal the tree of projects and the history are drawn, and titles are harmless."""
    server.store.add_node("Склад \x1b[31m№2", node_type="project", client_id="mycompany")
    with Terminal(logged_in.environment(), "projects", "tree", "--client-id", "mycompany", width=120) as terminal:
        terminal.end()

    assert ["Жилой дом №1", "└── ОВ Вентиляция", "    └── ОВ-1 План этажа №1.pdf", "Склад ␛[31m№2"] == [
        re.split(r" v1 |  (?=project|folder|document)", line)[0].rstrip() for line in terminal.screen.text.split("\n")
    ]


def test_a_node_too_deep_for_the_width_is_drawn(logged_in: Program, server: ScriptedServer) -> None:
    """With the path from the last folder that has room."""
    parent = server.store.add_node("d0", node_type="project", client_id="mycompany")
    for number in range(1, 25):
        parent = server.store.add_node(f"d{number}", node_type="folder", client_id="mycompany", parent_id=parent.id)
    with Terminal(logged_in.environment(), "projects", "tree", "--client-id", "mycompany", width=80, height=60) as terminal:
        terminal.end()

    assert {f"d{number}" for number in range(25)} <= set(re.findall(r"\bd\d+\b", terminal.screen.text))
    assert "d10/d11/d12  " in terminal.screen.text


def test_a_pipe_from_a_terminal_shows_progress_beside_it(logged_in: Program, server: ScriptedServer) -> None:
    """With standard output in a pipe, the phases are told on the terminal and the pipe has the answer alone."""
    server.answer_with(complex_answer("Ответ", images=()))
    reader, writer = os.pipe()
    with Terminal(logged_in.environment(), "chat", "send", "?", output=writer) as terminal:
        os.close(writer)
        code = terminal.end()
        with os.fdopen(reader, encoding="utf-8") as pipe:
            piped = pipe.read()

    assert (0, "Ответ\n") == (code, piped)
    assert ["Made the chat “?”", *PHASES] == terminal.screen.text.split("\n")


def test_lines_for_standard_error_go_where_it_goes(logged_in: Program, server: ScriptedServer) -> None:
    """What is told while an answer is drawn stands above it if standard error is the terminal, and nowhere on it otherwise."""
    chat = logged_in("chat", "new", "x", "--json").json["id"]
    server.respond("POST", "/chats/*/messages", *[Hang()] * 2)
    told = "The question was on its way: aizoomdoc chat history shows whether it arrived"
    reader, writer = os.pipe()
    screens = []
    for posts, errors in [(1, None), (2, writer)]:
        with Terminal(logged_in.environment(), "chat", "send", "?", "--chat", chat, errors=errors, width=120) as terminal:
            server.until_blocking(lambda posts=posts: len(server.requests_to("POST", "/chats/*/messages")) == posts)
            terminal.type("\x03")
            terminal.end()
            screens.append(terminal.screen.text)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        elsewhere = pipe.read()

    assert (True, False, f"{told}\nInterrupted\n") == (told in screens[0], "Interrupted" in screens[1], elsewhere)


def test_an_upload_shows_how_much_is_sent(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """While a file is sent, a bar tells how much of it is, in the units of the language; at the end only the result is left."""
    (tmp_path / "план.pdf").write_bytes(bytes(3_000_000))
    with Terminal(
        logged_in.environment(AIZOOMDOC_LANG="ru"), "file", "upload", str(tmp_path / "план.pdf"), width=120
    ) as terminal:
        code = terminal.end()

    assert (0, True) == (code, "2,86 МБ / 2,86 МБ" in terminal.output)
    assert re.fullmatch(r"план\.pdf: [\w-]+", terminal.screen.text.strip())


def test_a_question_shows_how_far_its_file_is_sent(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """The line of status tells it while a file is on its way; Ctrl-C then leaves no chat behind."""
    (plan := tmp_path / "план.pdf").write_bytes(bytes(19_000_000))
    server.respond("POST", "/files/**", Hang(Moment.BEFORE_BODY))
    with Terminal(logged_in.environment(), "ask", str(plan), "Высота?", width=100) as terminal:
        terminal.until_shown("sending план.pdf  ", timeout=45)
        terminal.until_shown("/ 18.1 MB")
        terminal.type("\x03")
        code = terminal.end()

    assert 130 == code
    server.until_blocking(lambda: not server.chats)


def test_the_screen_of_these_tests_is_a_terminal() -> None:
    """Wrapping, returning, going up and erasing do what a terminal does."""
    screen = Screen(width=4, height=2)
    screen.feed("abcdef\r\nx\x1b[2Kyz\rY\x1b[9AQ\n\nend")

    assert "abcd\neQ\nYyz\n  en\nd" == screen.text
