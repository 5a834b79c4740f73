"""A canary in every token: no error of the tree shows it, whatever way it was raised on, nor does any log record."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AIZoomDocClient, AIZoomDocError, FileTokenStore, StreamTimeouts
from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import Hang, RawReply, Reply, Reset, ScriptedServer, ServerBehavior
from aizoomdoc_client.transport import websocket
from tests.canary.forms import forms
from tests.security.libraries import LIBRARIES
from tests.security.sync_face import SyncFace
from tests.test_errors_on_the_wire import DEEDS, IMPATIENT
from tests.visits import Visit, client_of, no_wait

STATIC = "canary-static-4b1d"
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{10,}")
SERVERS = ("aiohttp.server", "aiohttp.access", "websockets.server")
"""Loggers of the other side, which runs in this process and knows the tokens by right."""


@attrs.frozen
class Way:
    """On which wire, and by which of the two clients."""

    behavior: ServerBehavior
    transport: str
    is_sync: bool = False


WAYS = {
    "events": Way(ServerBehavior.PRODUCTION, "sse"),
    "websocket": Way(ServerBehavior.CONTRACT, "websocket"),
    "sync events": Way(ServerBehavior.PRODUCTION, "sse", is_sync=True),
    "sync websocket": Way(ServerBehavior.CONTRACT, "websocket", is_sync=True),
}


@asynccontextmanager
async def visit_by(way: Way, folder: Path) -> AsyncIterator[Visit]:
    """A server of the canary's, and a client that keeps its tokens in a file."""
    options: Any = {"transport": way.transport, "token_store": FileTokenStore(folder / "tokens.json"), **IMPATIENT}
    with waiting_by(no_wait):
        async with ScriptedServer(way.behavior, static_tokens=(STATIC,)) as server:
            if not way.is_sync:
                async with client_of(server, **options) as client:
                    yield Visit(server, client)
                return
            sync_client = AIZoomDocClient(server.url, STATIC, timeout=10, **options)
            face: Any = SyncFace(sync_client)
            yield Visit(server, face)
            await asyncio.to_thread(sync_client.close)


async def hits(case: str, way: Way, folder: Path) -> list[str]:
    """Where the error of one deed shows a token; that there was none counts too."""
    _, deed = DEEDS[case]
    async with visit_by(way, folder) as visited:
        try:
            await deed(visited)
        except AIZoomDocError as error:
            tokens = visited.server._state.tokens
            secrets = {STATIC, *tokens._issued, *tokens._refresh}
            return [f"{case}: {where}" for where, shown in forms(error) if JWT.search(shown) or shows(shown, secrets)]
    return [f"{case}: nothing was raised"]


def shows(text: str, secrets: set[str]) -> bool:
    return any(secret in text for secret in secrets)


@pytest.mark.parametrize("way", WAYS)
async def test_no_error_shows_a_token(way: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each class of the tree, raised for real: texts, attributes, pickles, and the variables of all frames of the package.

    Causes and contexts count, suppressed ones too; the static token, access tokens and refresh tokens; and every log record,
    with the root logger and that of websockets at DEBUG.
    """
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="websockets")
    found = [hit for number, case in enumerate(DEEDS) for hit in await hits(case, WAYS[way], tmp_path / str(number))]
    said = [record for record in caplog.records if not record.name.startswith(SERVERS)]

    assert [] == found
    assert [] == [record.name for record in said if JWT.search(full(record)) or STATIC in full(record)]


def full(record: logging.LogRecord) -> str:
    return logging.Formatter().format(record) + repr(record.__dict__)


REFUSALS: list[Any] = [
    *(Reply(status, b"no", {"Location": "/elsewhere"}) for status in (200, 302, 307, 400, 401, 403, 404, 426, 500, 502)),
    *(RawReply(answer) for answer in (b"nonsense\r\n\r\n", b"HTTP/1.1 101 X\r\n\r\n", b"HTTP/1.1 \xff\r\n\r\n")),
    RawReply(b"HTTP/1.1 403 No\r\nX: one\r\nX: two\r\nContent-Length: 0\r\n\r\n"),
    Reset(),
    Hang(),
]


@pytest.mark.parametrize("library", LIBRARIES)
async def test_no_refused_handshake_shows_a_token(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its URL has the token in it, and so have the library's errors, which must not be found behind ours."""
    monkeypatch.setattr(websocket, "best_library", LIBRARIES[library])
    found = list[str]()
    async with visit_by(WAYS["websocket"], tmp_path) as visited:
        client = visited.client.with_options(stream_timeouts=StreamTimeouts(connect=0.2))
        for reaction in REFUSALS:
            rule = visited.server.respond("WS", "/chats/*/stream", *[reaction] * 3)
            with pytest.raises(AIZoomDocError) as caught:
                await client.ask(await visited.chat(), "?")
            found += [f"{reaction}: {where}" for where, shown in forms(caught.value) if JWT.search(shown)]
            rule.clear()

    assert [] == found


@pytest.mark.shows_tokens("it takes the guard away")
@pytest.mark.parametrize("way", WAYS)
async def test_a_secret_that_showed_itself_would_be_found(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the search can fail: with credentials that show in variables, some are found on every way."""
    monkeypatch.setattr(Secret, "__repr__", Secret.reveal)

    assert [] != await hits("no answer", WAYS[way], tmp_path)


async def test_the_contract_server_gives_all_three_tokens(tmp_path: Path) -> None:
    """The server of these tests issues access and refresh tokens, and they are in the file: there is something to be shown."""
    async with visit_by(WAYS["websocket"], tmp_path) as visited:
        await visited.client.get_me()
        [refresh] = visited.server._state.tokens._refresh
        [access] = visited.server._state.tokens._issued

    assert {access, refresh} == {token for token in (access, refresh) if token in (tmp_path / "tokens.json").read_text()}
