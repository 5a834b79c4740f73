"""Text that people give: encodings, byte order marks, and what looks like an option."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import TOKEN, Program
from tests.cli.terminal import Terminal

QUESTION = "Где ВРУ-1?"


def asked(server: ScriptedServer) -> list[str]:
    return [run.question.text for run in server.model_runs]


@pytest.mark.parametrize(
    ("data", "locale"),
    [
        pytest.param(QUESTION.encode(), "C", id="UTF-8 in any locale"),
        pytest.param(QUESTION.encode("utf-8-sig"), "C.UTF-8", id="UTF-8 with a byte order mark"),
        pytest.param(QUESTION.encode("utf-16"), "C.UTF-8", id="UTF-16, as PowerShell writes it"),
        pytest.param(f"{QUESTION}\r\n".encode(), "C.UTF-8", id="with the line end of Windows"),
    ],
)
def test_a_question_on_standard_input_arrives_as_it_was_meant(
    logged_in: Program, server: ScriptedServer, data: bytes, locale: str
) -> None:
    """Whatever the encoding says of itself."""
    assert 0 == logged_in.process("chat", "send", "-", stdin=data, env={"LC_ALL": locale}).code

    assert [QUESTION] == asked(server)


def test_a_question_in_the_encoding_of_the_locale_is_read(
    monkeypatch: pytest.MonkeyPatch, logged_in: Program, server: ScriptedServer
) -> None:
    """What is not UTF-8 is tried in the locale's encoding."""
    monkeypatch.setattr("locale.getencoding", lambda: "koi8-r")
    outcome = logged_in("chat", "send", "-", stdin=QUESTION.encode("koi8-r"))

    assert (0, [QUESTION]) == (outcome.code, asked(server))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows passes arguments as text")
@pytest.mark.parametrize("place", ["argument", "standard input"])
def test_a_question_that_cannot_be_decoded_is_refused(logged_in: Program, server: ScriptedServer, place: str) -> None:
    """Nothing is sent: an answer to question marks would be paid for."""
    data = QUESTION.encode("cp1251")
    environment = {"LC_ALL": "C"}
    if place == "argument":
        outcome = logged_in.process("chat", "send", data.decode("utf-8", "surrogateescape"), env=environment)
    else:
        outcome = logged_in.process("chat", "send", "-", stdin=data, env=environment)

    assert (2, []) == (outcome.code, server.posts)
    assert "Error: The text is not UTF-8, and not in the locale's encoding either" == outcome.errors[0]


def test_a_byte_order_mark_is_no_part_of_a_question(logged_in: Program, server: ScriptedServer) -> None:
    """As an argument, too: a shell may read it from a file."""
    logged_in("chat", "send", f"\ufeff{QUESTION}")

    assert [QUESTION] == asked(server)


@pytest.mark.parametrize("around", ["{}", " {} \n", "\ufeff{}\r\n", "\n\n\t{}\n", "{}\nsecond line\n"])
@pytest.mark.parametrize("place", ["standard input", "environment"])
def test_a_token_is_stripped_of_what_surrounds_it(program: Program, server: ScriptedServer, around: str, place: str) -> None:
    """Blanks, blank lines and a byte order mark come from files and shells; both places are read alike."""
    token = around.format(TOKEN)
    if place == "environment":
        outcome = program("me", "--server", server.url, env={"AIZOOMDOC_TOKEN": token})
    else:
        outcome = program("login", "--server", server.url, "--token", "-", stdin=token)

    assert 0 == outcome.code, outcome.err


def test_a_profile_file_with_a_byte_order_mark_is_written_to(program: Program, server: ScriptedServer) -> None:
    """Editors on Windows begin files with one."""
    program.folder.mkdir(parents=True)
    file = program.folder / "config.toml"
    file.write_text("\ufeff[default]\ntimeout = 33 # мой\n", encoding="utf-8")

    assert 0 == program("login", "--server", server.url, "--token", TOKEN).code
    assert file.read_text(encoding="utf-8").startswith("[default]\ntimeout = 33 # мой\n")


@pytest.mark.parametrize("question", ["-5 градусов?", "-5", "-что?"])
def test_a_question_that_begins_with_a_dash_is_told_how_to_stand(
    logged_in: Program, server: ScriptedServer, question: str
) -> None:
    """Behind ``--`` it is sent."""
    outcome = logged_in("chat", "send", question)

    assert (2, True) == (outcome.code, outcome.errors[1].startswith("What begins with a dash and is no option stands behind --"))
    assert 0 == logged_in("chat", "send", "--", question).code
    assert [question] == asked(server)


def test_a_mistyped_option_is_told_as_before(logged_in: Program) -> None:
    """The hint is for text only."""
    assert "Help: aizoomdoc chat send --help" == logged_in("chat", "send", "?", "--jsno").errors[1]


def test_a_pipe_is_uploaded(logged_in: Program, server: ScriptedServer) -> None:
    """A dash is standard input, under the name that is given."""
    outcome = logged_in.process("file", "upload", "-", "--name", "план.pdf", stdin=b"%PDF-1.4 plan")

    file = server.store.files[outcome.out.strip()]
    assert ("план.pdf", 13) == (file.filename, len(file.content))


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_line_has_a_colour_where_none_is_wanted(logged_in: Program, tmp_path: Path, environment: dict[str, str]) -> None:
    """Errors, notes and hints, too."""
    with Terminal(logged_in.environment(**environment), "chat", "history", "-2") as terminal:
        terminal.end()

    assert "Error" in terminal.output
    assert "\x1b" not in terminal.output
