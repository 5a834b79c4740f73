"""Errors and warnings: a line, a hint and an exit code for each, in the reader's language."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client import exceptions
from aizoomdoc_client.cli.errors import KINDS, CommandError, ExitCode, line_of, report
from aizoomdoc_client.cli.language import speaking
from aizoomdoc_client.local.reading.document import UnreadableDocumentError
from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import TOKEN, Program
from tests.free_ports import free_port

NOBODYS_ID = "00000000-0000-4000-8000-000000000000"
TREE = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass) if issubclass(kind, exceptions.AIZoomDocError)]


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_and_a_line(kind: type[exceptions.AIZoomDocError]) -> None:
    """Each class of the tree is reported in one line, by a code that is documented."""
    told = report(kind("Что-то случилось"))

    assert told is not None
    line, code, _hint = told
    assert (True, True, 1) == (bool(code.meaning), code > 0, len(line.splitlines()))


def test_codes_go_by_kind() -> None:
    """The code says what kind of failure it was; the narrower class decides."""
    expected = {
        exceptions.ConfigurationError: 3,
        exceptions.TokenExpiredError: 4,
        exceptions.PermissionDeniedError: 5,
        exceptions.NotFoundError: 6,
        exceptions.ValidationError: 7,
        exceptions.PayloadTooLargeError: 7,
        exceptions.GatewayError: 8,
        exceptions.AnswerError: 8,
        exceptions.RateLimitError: 9,
        exceptions.QueueFullError: 9,
        exceptions.QueueTimeoutError: 9,
        exceptions.APITimeoutError: 10,
        exceptions.StreamTimeoutError: 10,
        exceptions.StreamInterruptedError: 11,
        exceptions.DeliveryUnknownError: 11,
        exceptions.AIZoomDocError: 1,
    }

    assert expected == {kind: told[1] for kind in expected if (told := report(kind("?"))) is not None}


def test_every_kind_is_a_class_of_the_tree() -> None:
    """The table of kinds names classes that exist."""
    assert {UnreadableDocumentError.__name__} == set(KINDS) - {kind.__name__ for kind in TREE}


def test_the_help_and_the_guides_know_every_code(program: Program) -> None:
    """Help and both guides list all exit codes."""
    pages = [program("--help").out, *(path.read_text(encoding="utf-8") for path in sorted(Path("docs").glob("guide*.md")))]
    codes = {str(int(code)) for code in ExitCode}

    assert [codes, codes, codes] == [codes & set(re.findall(r"^(?:\| )?\s*(\d+) ", page, re.MULTILINE)) for page in pages]


def test_a_command_says_what_is_wrong_in_the_language_in_force() -> None:
    """An error of a command is its catalogue's text, with the values in it."""
    error = CommandError("file_not_there", ExitCode.USAGE, hint="…", path="план.pdf")
    with speaking("ru"):
        russian = report(error)

    assert (("файла «план.pdf» нет", 2, "…"), "There is no file 'план.pdf'") == (russian, line_of(error))


def test_status_and_attempts_stand_behind_the_line() -> None:
    """What was answered, and how often it was tried, is told where it says something."""
    failures = [exceptions.ServerError("x", status_code=503, attempts=3), exceptions.APIConnectionError("x", attempts=1)]
    with speaking("ru"):
        facts = [line_of(error).partition("x")[2] for error in failures]

    assert [" (HTTP 503, 3 попытки)", ""] == facts


def test_a_note_is_the_hint() -> None:
    """Who knows better than the table what to do notes it on the error."""
    error = exceptions.AuthenticationError("x")
    assert ("x", 4, "Log in: aizoomdoc login") == report(error)

    error.add_note("Ask Anna")
    assert ("x", 4, "Ask Anna") == report(error)


def test_an_error_of_the_system_is_told_in_either_language(tmp_path: Path) -> None:
    """A file that the system refuses is named, with the reason in words."""
    with pytest.raises(IsADirectoryError) as caught:
        tmp_path.read_bytes()
    english = report(caught.value)
    with speaking("ru"):
        russian = report(caught.value)

    assert ((f"{tmp_path}: Is a directory", 3, ""), (f"{tmp_path}: это папка", 3, "")) == (english, russian)


def test_what_nobody_expected_is_not_reported_here() -> None:
    """A fault of the program itself has no line of its own."""
    assert report(ZeroDivisionError()) is None


def test_real_failures_are_told_in_russian(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """Whatever goes wrong, no English word is left in what a person gets to read, names and paths aside."""
    data = ("--data", str(tmp_path / "data"))
    (tmp_path / "file").write_text("")
    (tmp_path / "big.pdf").write_bytes(bytes(200))
    free = free_port()
    failures: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("me",), {"AIZOOMDOC_CONFIG_DIR": str(tmp_path / "none")}),
        (("me", "--server", f"http://127.0.0.1:{free}"), {}),
        (("health", "--server", f"http://127.0.0.1:{free}"), {}),
        (("chat", "send", "?", "--server", f"http://127.0.0.1:{free}", "--chat", NOBODYS_ID), {"AIZOOMDOC_TOKEN": "x"}),
        (("me", "--profile", "zzz"), {}),
        (("me",), {"AIZOOMDOC_TIMEOUT": "soon"}),
        (("me",), {"AIZOOMDOC_ALLOW_INSECURE": "perhaps"}),
        (("me",), {"AIZOOMDOC_TRANSPORT": "pigeon"}),
        (("me", "--server", "http://192.0.2.1"), {}),
        (("me", "--server", "nonsense"), {}),
        (("login", "--token", "wrong"), {}),
        (("login", "--token", "\x07"), {}),
        (
            ("login", "--token", TOKEN),
            {"AIZOOMDOC_CONFIG_DIR": str(tmp_path / "file" / "config"), "AIZOOMDOC_SERVER": server.url},
        ),
        (("chat", "use", NOBODYS_ID), {}),
        (("chat", "use", ".."), {}),
        (("chat", "send", "?", "--chat", ".."), {}),
        (("settings", "set-role", "Повар"), {}),
        (("file", "get", NOBODYS_ID), {}),
        (("file", "get", NOBODYS_ID, "-o", str(tmp_path / "none" / "x")), {}),
        (("file", "upload", str(tmp_path / "big.pdf")), {}),
        (("projects", "results", NOBODYS_ID), {}),
        (("projects", "tree", "--parent", NOBODYS_ID + "\x07"), {}),
        (("ask", str(tmp_path / "file"), "?", "--local"), {}),
        (("ask", str(tmp_path / "none.pdf"), "?"), {}),
        (("serve", "--port", str(server.port), *data), {}),
        (("serve", "--projects", str(tmp_path / "missing"), *data), {}),
        (("serve", "--data", str(tmp_path / "file" / "data")), {}),
        (("serve", "--host", "nobody.invalid", *data), {}),
        (("serve", "--pace", "-1", *data), {}),
        (("serve", "--token", " ", *data), {}),
    ]
    server.behavior = attrs.evolve(server.behavior, upload_limit=100)
    told = [(arguments, logged_in(*arguments, "--lang", "ru", env=env)) for arguments, env in failures]

    assert [] == [(arguments, outcome) for arguments, outcome in told if outcome.code == 0 or english_of(outcome.err)]


def english_of(lines: str) -> list[str]:
    """The English words of what is printed, but for commands, paths, names, variables and what stands in quotes."""
    names = r"«[^»]*»|--[\w-]+|AIZOOMDOC_\w+|[\w.-]*[/:][\w./:-]+|HTTP \d+|aizoomdoc(?: [a-z-]+)*|login|[a-z]+_[a-z]+(?:=\w+)?"
    names += r"|https?|auto|websocket|sse|\w+\.invalid"
    return re.findall(r"[a-zA-Z]{2,}", re.sub(names, "", lines))
