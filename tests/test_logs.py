"""What the package logs: nothing unless asked, enough to see why an answer took long, and no secrets."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aizoomdoc_client import (
    AIZoomDocClient,
    ConfigurationError,
    NotFoundError,
    ServerError,
    StreamInterruptedError,
    logs,
)
from aizoomdoc_client.testing import (
    Emit,
    Reply,
    ScriptedServer,
    complex_answer,
    detail,
    drop_at,
    final,
    running_server,
    simple_answer,
)
from tests.client_and_server import client_and_server

QUESTION = "Какова высота этажа?"
ASK = """
import sys
from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore

with AIZoomDocClient(sys.argv[1], sys.argv[2], token_store=MemoryTokenStore()) as client:
    client.ask(client.create_chat(), "Высота?")
"""


@pytest.fixture(autouse=True)
def package_logger() -> Iterator[logging.Logger]:
    """The package's logger, restored afterwards."""
    logger = logging.getLogger("aizoomdoc_client")
    level, handlers = logger.level, list(logger.handlers)
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


def records_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    return [
        (record.name, record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith("aizoomdoc_client")
    ]


def run(server: ScriptedServer, **environ: str) -> subprocess.CompletedProcess[str]:
    """A program that asks one question, with `environ` in its environment."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("AIZOOMDOC_")} | environ
    arguments = [sys.executable, "-c", ASK, server.url, server.static_token]
    return subprocess.run(arguments, env=given, capture_output=True, text=True, timeout=60, check=False)


def test_a_package_has_one_logger() -> None:
    """Programs configure a layer by its name, and need not know its modules."""
    sources = {path: path.read_text(encoding="utf-8") for path in Path(logs.__file__).parent.rglob("*.py")}

    assert [] == [path.name for path, source in sources.items() if "getLogger(__name__)" in source]
    assert sum("getLogger(__package__)" in source for source in sources.values()) > 10


async def test_the_levels_tell_requests_waits_and_second_runs_apart(caplog: pytest.LogCaptureFixture) -> None:
    """DEBUG has requests, INFO the transport's fallback and each look into the history, WARNING the second run of the model."""
    caplog.set_level(logging.DEBUG, "aizoomdoc_client")
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.script_answer(drop_at(complex_answer("Высота этажа 3,3 м"), 5, then="cancel"))
        pair.server.script_answer(simple_answer("Высота этажа 3,3 м"))

        await pair.client.ask(chat, QUESTION)

    levels = {(name, level) for name, level, _message in records_of(caplog)}
    messages = [message for _name, _level, message in records_of(caplog)]
    assert {("aizoomdoc_client.transport", "DEBUG"), ("aizoomdoc_client.session", "INFO")} <= levels
    assert any(message.startswith("POST /chats: 201 in ") for message in messages)
    assert any("does not implement WebSockets, trying sse" in message for message in messages)
    assert any("reading the chat's history" in message for message in messages)
    warnings = [message for _name, level, message in records_of(caplog) if level == "WARNING"]
    assert [f"/chats/{chat.id}/stream: no answer in the chat's history, the model runs again"] == warnings


async def test_a_retry_says_what_failed_and_how_long_it_waits(caplog: pytest.LogCaptureFixture) -> None:
    """One INFO line an attempt that is repeated."""
    caplog.set_level(logging.INFO, "aizoomdoc_client")
    async with client_and_server() as pair:
        pair.server.respond("GET", "/me", detail(500, "Out of order"))
        await pair.client.authenticate()
        await pair.client.get_me()

    assert any(message.startswith("GET /me: attempt 1 failed (") and message.endswith(" s") for *_, message in records_of(caplog))


async def test_what_was_given_up_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """With the reason, which the error has too."""
    caplog.set_level(logging.WARNING, "aizoomdoc_client")
    async with client_and_server() as pair:
        chat = await pair.chat()
        for _ in range(2):
            pair.server.script_answer(drop_at(complex_answer("Высота этажа 3,3 м"), 5, then="cancel"))
        with pytest.raises(StreamInterruptedError) as caught:
            await pair.client.ask(chat, QUESTION)

    message = f"/chats/{chat.id}/stream: given up: {caught.value.message} [request {caught.value.request_id}]"
    assert records_of(caplog)[-1][1:] == ("WARNING", message)


async def test_records_have_the_servers_names_for_requests_and_runs(caplog: pytest.LogCaptureFixture) -> None:
    """Of requests that succeeded, were repeated or failed, and of runs of the model, where the server tells them."""
    caplog.set_level(logging.DEBUG, "aizoomdoc_client")
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("GET", "/me", Reply(500, {"detail": "no"}, {"X-Request-Id": "id-of-first"}))
        await pair.client.get_me()
        pair.server.respond("GET", "/me", Reply(404, {"detail": "no"}, {"X-Request-Id": "id-of-failed"}))
        with pytest.raises(NotFoundError):
            await pair.client.get_me()
        pair.server.respond("GET", "/prompts/roles", Reply(200, [], {"X-Request-Id": "id-of-good"}))
        await pair.client.get_available_roles()
        pair.server.script_answer([Emit("processing_started", {"request_id": "run-1"}), final("Высота"), ("completed", {})])
        await pair.client.ask(chat, QUESTION)

    messages = [message for *_, message in records_of(caplog)]
    named = [[message for message in messages if f"[request {name}]" in message] for name in ("id-of-first", "id-of-failed")]
    assert [True, True] == [bool(each) for each in named]
    assert any(message.startswith("GET /me: attempt 1 failed (") for message in named[0])
    assert any(m.startswith("GET /prompts/roles: 200 in ") and m.endswith(" s [request id-of-good]") for m in messages)
    assert any(
        message.startswith(f"/chats/{chat.id}/stream: ") and message.endswith("frames [request run-1]") for message in messages
    )


async def test_no_record_has_a_secret_a_question_or_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Not even of a server that quotes what it was sent."""
    caplog.set_level(logging.DEBUG, "aizoomdoc_client")
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.script_answer(drop_at(complex_answer("Высота этажа 3,3 м"), 5, then="cancel"))
        pair.server.script_answer(simple_answer("Высота этажа 3,3 м"))
        await pair.client.ask(chat, QUESTION)
        for _ in range(3):
            pair.server.respond("GET", "/projects/search", detail(500, "Out of order"))
        with pytest.raises(ServerError):
            await pair.client.search_documents("вентиляция", client_id="mycompany")
        sent = [str(request.headers.get("Authorization", "")).removeprefix("Bearer ") for request in pair.server.requests]
        secrets = {pair.server.static_token, *sent} - {""}

    logged = "\n".join(message for *_, message in records_of(caplog))
    assert len(secrets) >= 2
    assert [part for part in (*secrets, QUESTION, "3,3", "mycompany", "вентиляция") if part in logged] == []


def test_a_program_is_silent_unless_asked(server: ScriptedServer) -> None:
    """Also where an answer's second run is a warning, which Python's own handler of last resort would print."""
    server.script_answer(drop_at(complex_answer("Высота этажа 3,3 м"), 5, then="cancel"))
    server.script_answer(simple_answer("Высота этажа 3,3 м"))

    done = run(server)

    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)


def test_the_environment_shows_records_in_any_program(server: ScriptedServer) -> None:
    """On standard error, a line a record, with the layer's name."""
    done = run(server, AIZOOMDOC_LOG="debug")

    assert "" == done.stdout
    assert " DEBUG aizoomdoc_client.transport: POST /chats: 201 in " in done.stderr
    assert server.static_token not in done.stderr


def test_a_level_that_does_not_exist_is_named() -> None:
    """As each other setting of the environment."""
    with pytest.raises(ConfigurationError, match="AIZOOMDOC_LOG must be one of debug"):
        logs.follow_environment({"AIZOOMDOC_LOG": "loud"})


def test_a_client_reads_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong one is an error when the client is made."""
    monkeypatch.setenv("AIZOOMDOC_LOG", "loud")
    with pytest.raises(ConfigurationError, match="AIZOOMDOC_LOG"):
        AIZoomDocClient("http://127.0.0.1:9", "static")


def test_the_programs_own_handlers_are_not_doubled(package_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has configured logging gets the records where it wants them, once."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler()])
    logs.write_records(logging.DEBUG)

    assert [logging.NullHandler] == [type(handler) for handler in package_logger.handlers]


def test_what_an_option_shows_the_environment_does_not_hide(
    package_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line's ``--verbose`` comes before the variable, as every argument does."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.write_records(logging.DEBUG)
    logs.follow_environment({"AIZOOMDOC_LOG": "warning"})

    assert logging.DEBUG == package_logger.level


def test_control_characters_do_not_reach_the_terminal(
    package_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error's text may quote a server."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.write_records(logging.INFO)

    logging.getLogger("aizoomdoc_client.session").info("a\x1b]0;title\x07b\nc")

    assert capsys.readouterr().err.endswith("INFO aizoomdoc_client.session: a ]0;title b c\n")
