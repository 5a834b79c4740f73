"""What only a process of its own shows: signals, pipes, encodings, imports, exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aizoomdoc_client import __version__
from aizoomdoc_client.testing import Hang, ScriptedServer, SyncPoint, complex_answer
from aizoomdoc_client.testing.steps import Signal, Stall
from tests.cli.program import COMMAND, TOKEN, Program, ended, told

CONTRACT = [
    ("login", "--token", "your-static-token"),
    ("chat", "new", "Анализ ВРУ"),
    ("chat", "send", "Где находится ВРУ-1?"),
    ("chat", "history"),
    ("settings", "set-model", "complex"),
    ("settings", "set-role", "Инженер"),
    ("file", "upload", "document.pdf"),
    ("projects", "tree", "--client-id", "mycompany"),
]


def test_the_lines_of_the_contract_work(
    program: Program, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line that users were given works as it stands, the server being named by the environment at login."""
    monkeypatch.chdir(tmp_path)
    Path("document.pdf").write_bytes(b"%PDF-1.7")
    login = program.process(*CONTRACT[0], env={"AIZOOMDOC_SERVER": server.url})
    outcomes = [login, *(program(*line) for line in CONTRACT[1:-1]), program.process(*CONTRACT[-1])]

    assert [(0, "")] * 8 == [(outcome.code, outcome.err) for outcome in outcomes]
    assert ("complex", 1) == (server.user.settings["model_profile"], server.user.settings["selected_role_prompt_id"])


def test_a_login_outlives_the_access_token_and_the_server(program: Program, tmp_path: Path) -> None:
    """A restarted local server takes the login that it knew; Ctrl-C ends it with 0."""
    arguments = ("serve", "--data", str(tmp_path / "data"), "--token", TOKEN, "--json", "--port")
    codes, port = list[int](), "0"
    for command in [("login", "--token", TOKEN), ("me",)]:
        process = program.start(*arguments, port)
        port = str(told(process)["url"]).rpartition(":")[2]
        codes.append(program(*command, "--server", f"http://127.0.0.1:{port}").code)
        outcome = ended(process, send=signal.SIGINT)
        codes.append(outcome.code)
        assert ("", "") == (outcome.out, outcome.err)

    assert [0, 0, 0, 0] == codes


def test_ctrl_c_ends_a_question(logged_in: Program, server: ScriptedServer) -> None:
    """Interrupted in the middle of an answer: one line, 130, no traceback, nothing in the pipe, and the run is given up."""
    begun = SyncPoint()
    server.answer_with(complex_answer("Долгий ответ").interrupted(8, Signal(begun), Stall()))
    process = logged_in.start("chat", "send", "?", "--chat", logged_in("chat", "new", "x", "--json").json["id"])
    begun.wait_blocking()
    outcome = ended(process, send=signal.SIGINT)

    assert (130, "", "Interrupted\n") == (outcome.code, outcome.out, outcome.err)
    server.until_blocking(lambda: server.model_runs[0].state == "cancelled")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_sigterm_ends_a_question_whatever_becomes_of_ctrl_c(logged_in: Program, server: ScriptedServer) -> None:
    """A job in a script's background ignores Ctrl-C, and is ended by SIGTERM nevertheless: one line, 143, the run given up."""
    begun = SyncPoint()
    server.answer_with(complex_answer("Долгий ответ").interrupted(8, Signal(begun), Stall()))
    chat = logged_in("chat", "new", "x", "--json").json["id"]
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = logged_in.start("chat", "send", "?", "--chat", chat)
    finally:
        signal.signal(signal.SIGINT, former)
    begun.wait_blocking()
    outcome = ended(process, send=signal.SIGTERM)

    assert (143, "", "Interrupted\n") == (outcome.code, outcome.out, outcome.err)
    server.until_blocking(lambda: server.model_runs[0].state == "cancelled")


def test_ctrl_c_while_the_question_is_posted_says_that_it_may_have_arrived(logged_in: Program, server: ScriptedServer) -> None:
    """However long the server takes: the command ends, with one line on what is not known."""
    chat = logged_in("chat", "new", "x", "--json").json["id"]
    server.respond("POST", "/chats/*/messages", Hang())
    process = logged_in.start("chat", "send", "?", "--chat", chat)
    server.until_blocking(lambda: len(server.requests_to("POST", "/chats/*/messages")) == 1)
    outcome = ended(process, send=signal.SIGINT)
    told = "The question was on its way: aizoomdoc chat history shows whether it arrived"

    assert (130, "", f"{told}\nInterrupted\n") == (outcome.code, outcome.out, outcome.err)
    assert [] == server.model_runs


def test_json_comes_line_by_line(logged_in: Program, server: ScriptedServer) -> None:
    """A program that reads `--json` gets each event when it happens, not at the end."""
    server.answer_with(complex_answer("Ответ").interrupted(8, Stall()))
    process = logged_in.start("chat", "send", "?", "--json")
    assert process.stdout is not None
    line = process.stdout.readline()
    outcome = ended(process, send=signal.SIGINT)

    assert (True, 130) == (b"processing_started" in line, outcome.code)


def test_a_closed_pipe_is_quiet(logged_in: Program, server: ScriptedServer) -> None:
    """A reader that leaves early, as `head` does, gets no complaint."""
    server.answer_with(complex_answer("строка\n" * 100_000, pieces=["строка\n" * 100_000]))
    process = logged_in.start("chat", "send", "?")
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None

    assert (141, b"Made the chat \xe2\x80\x9c?\xe2\x80\x9d\n") == (process.wait(20), process.stderr.read())
    process.stderr.close()


def test_text_is_utf8_whatever_the_locale(logged_in: Program, server: ScriptedServer) -> None:
    """In the C locale, with Python's own help against it switched off, Russian goes in and comes out as UTF-8."""
    server.answer_with(complex_answer("Высота — 3,3 м²"))
    env = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "AIZOOMDOC_LANG": "ru"}
    outcome = logged_in.process("chat", "send", "-", stdin="Высота?".encode(), env=env)

    assert ("Высота — 3,3 м²\n", "Создан чат «Высота?»\n") == (outcome.out, outcome.err)
    assert "Высота?" == server.model_runs[0].question.text


def test_an_unexpected_error_is_a_line(program: Program, tmp_path: Path) -> None:
    """What nobody expected is one line that asks to report it; the traceback comes on demand, without local variables."""
    (tmp_path / "sitecustomize.py").write_text(
        "import aizoomdoc_client.client as c\ndef f(self): secret = 'кана' 'рейка'; 1 / 0\nc.AsyncAIZoomDocClient.health = f\n"
    )
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])}
    quiet, loud = (
        program.process("health", "--server", "http://localhost:1", env={**env, "AIZOOMDOC_DEBUG": debug}) for debug in "01"
    )

    assert (1, 1, True) == (quiet.code, len(quiet.errors), "AIZOOMDOC_DEBUG=1" in quiet.err)
    assert (1, True, True, False) == (
        loud.code,
        "Traceback" in loud.err,
        "ZeroDivisionError" in loud.err,
        "канарейка" in loud.err,
    )


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], {"aiohttp", "websockets", "msgspec", "cattrs", "attr", "rich", "asyncio", "aizoomdoc_client.client"}),
        (["--version"], {"aiohttp", "websockets", "msgspec", "cattrs", "attr", "rich", "asyncio", "aizoomdoc_client.client"}),
        (
            ["chat", "--help"],
            {"aiohttp", "websockets", "msgspec", "cattrs", "attr", "rich", "asyncio", "aizoomdoc_client.client"},
        ),
        (["chat", "history"], {"aiohttp", "websockets", "rich", "aizoomdoc_client.local"}),
    ],
    ids=["help", "version", "group", "command"],
)
def test_what_is_heavy_is_not_loaded_without_need(program: Program, arguments: list[str], forbidden: set[str]) -> None:
    """Help loads click and little more; a command that fails before it connects loads no socket library."""
    tell = f"atexit.register(lambda: print(sorted({forbidden!r} & set(sys.modules)), file=sys.stderr))"
    source = f"import atexit, sys; {tell}; from aizoomdoc_client.cli import main; main({arguments!r})"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False, env=program.environment())

    assert "[]" == done.stderr.splitlines()[-1]


def test_the_version_is_told(program: Program) -> None:
    """`--version` names program and version."""
    assert [f"aizoomdoc {__version__}"] == program.process("--version").lines


def test_a_shell_can_complete_commands(program: Program) -> None:
    """Click's completion works for the lazily loaded commands."""
    env = {"_AIZOOMDOC_COMPLETE": "bash_complete", "COMP_WORDS": "aizoomdoc chat ", "COMP_CWORD": "2"}
    outcome = program.process(env=env)

    assert {"plain,new", "plain,send", "plain,history"} <= set(outcome.lines)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX systems")
@pytest.mark.parametrize(
    ("command", "closed", "code", "said"),
    [
        (("health",), ">&-", 0, ""),
        (("health",), "2>&-", 0, ""),
        (("login",), "<&-", 2, "Error: "),
        (("health",), "<&- >&- 2>&-", 0, ""),
    ],
)
def test_a_program_may_be_started_without_a_standard_stream(
    logged_in: Program, command: tuple[str, ...], closed: str, code: int, said: str
) -> None:
    """It reads nothing there and writes nothing there, and does the rest."""
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *command]
    ending = subprocess.run(shell, env=logged_in.environment(), capture_output=True, text=True, check=False, timeout=30)

    assert (code, True) == (ending.returncode, ending.stderr.startswith(said)), ending
    assert "unexpected" not in ending.stderr
    assert "Traceback" not in ending.stderr
