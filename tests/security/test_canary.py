"""Tokens with a recognisable text (canaries): no error class and no log record exposes one, on any transport."""

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
from tests.client_and_server import ClientAndServer, client_of, no_wait
from tests.security.libraries import LIBRARIES
from tests.security.sync_adapter import AwaitableSyncClient
from tests.test_errors_on_the_wire import NO_RETRIES, OPERATIONS

STATIC = "canary-static-4b1d"
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{10,}")
SERVERS = ("aiohttp.server", "aiohttp.access", "websockets.server")
"""Loggers of the server, which runs in this process and may know the tokens."""


@attrs.frozen
class Variant:
    """A server behavior, a transport, and the sync or async client."""

    behavior: ServerBehavior
    transport: str
    is_sync: bool = False


VARIANTS = {
    "events": Variant(ServerBehavior.PRODUCTION, "sse"),
    "websocket": Variant(ServerBehavior.CONTRACT, "websocket"),
    "sync events": Variant(ServerBehavior.PRODUCTION, "sse", is_sync=True),
    "sync websocket": Variant(ServerBehavior.CONTRACT, "websocket", is_sync=True),
}


@asynccontextmanager
async def client_by(variant: Variant, folder: Path) -> AsyncIterator[ClientAndServer]:
    """A server with a canary as its static token, and a client that stores its tokens in a file."""
    options: Any = {"transport": variant.transport, "token_store": FileTokenStore(folder / "tokens.json"), **NO_RETRIES}
    with waiting_by(no_wait):
        async with ScriptedServer(variant.behavior, static_tokens=(STATIC,)) as server:
            if not variant.is_sync:
                async with client_of(server, **options) as client:
                    yield ClientAndServer(server, client)
                return
            sync_client = AIZoomDocClient(server.url, STATIC, timeout=10, **options)
            adapter: Any = AwaitableSyncClient(sync_client)
            yield ClientAndServer(server, adapter)
            await asyncio.to_thread(sync_client.close)


async def exposures(case: str, variant: Variant, folder: Path) -> list[str]:
    """Where the error of one operation exposes a token; a missing error is reported as well."""
    _, operation = OPERATIONS[case]
    async with client_by(variant, folder) as pair:
        try:
            await operation(pair)
        except AIZoomDocError as error:
            tokens = pair.server._state.tokens
            secrets = {STATIC, *tokens._issued, *tokens._refresh}
            return [f"{case}: {where}" for where, shown in forms(error) if JWT.search(shown) or contains_any(shown, secrets)]
    return [f"{case}: nothing was raised"]


def contains_any(text: str, secrets: set[str]) -> bool:
    return any(secret in text for secret in secrets)


@pytest.mark.parametrize("variant", VARIANTS)
async def test_no_error_shows_a_token(variant: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every error class, raised by a real failure: texts, attributes, pickles, and the variables of all frames of the package.

    Causes and contexts count, suppressed ones too; the static token, access tokens and refresh tokens; and every log record,
    with the root logger and that of websockets at DEBUG.
    """
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="websockets")
    found = [
        exposure
        for number, case in enumerate(OPERATIONS)
        for exposure in await exposures(case, VARIANTS[variant], tmp_path / str(number))
    ]
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
    """The URL contains the token, and so do the library's errors, which must not be reachable from ours."""
    monkeypatch.setattr(websocket, "best_library", LIBRARIES[library])
    found = list[str]()
    async with client_by(VARIANTS["websocket"], tmp_path) as pair:
        client = pair.client.with_options(stream_timeouts=StreamTimeouts(connect=0.2))
        for reaction in REFUSALS:
            rule = pair.server.respond("WS", "/chats/*/stream", *[reaction] * 3)
            with pytest.raises(AIZoomDocError) as caught:
                await client.ask(await pair.chat(), "?")
            found += [f"{reaction}: {where}" for where, shown in forms(caught.value) if JWT.search(shown)]
            rule.clear()

    assert [] == found


@pytest.mark.shows_tokens("it removes the masking")
@pytest.mark.parametrize("variant", VARIANTS)
async def test_an_exposed_secret_is_found(variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search can fail: with credentials that are visible in variables, it finds some with every variant."""
    monkeypatch.setattr(Secret, "__repr__", Secret.reveal)

    assert [] != await exposures("no answer", VARIANTS[variant], tmp_path)


async def test_the_contract_server_gives_all_three_tokens(tmp_path: Path) -> None:
    """The server of these tests issues access and refresh tokens, and they are in the file, so there are tokens to find."""
    async with client_by(VARIANTS["websocket"], tmp_path) as pair:
        await pair.client.get_me()
        [refresh] = pair.server._state.tokens._refresh
        [access] = pair.server._state.tokens._issued

    assert {access, refresh} == {token for token in (access, refresh) if token in (tmp_path / "tokens.json").read_text()}
