"""WebSockets behind proxies and gateways: closed without the end of TCP, kept open by text, refused, dropped, unreachable."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import (
    APIConnectionError,
    AuthenticationError,
    FileTokenStore,
    PermissionDeniedError,
    StreamTimeouts,
)
from aizoomdoc_client.protocol.recovery import LOOKS
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Close,
    Deltas,
    Hang,
    Raw,
    RawSocket,
    Reply,
    ScriptedServer,
    ServerBehavior,
    Stall,
    Store,
    complex_answer,
    final,
)
from tests.client_and_server import client_and_server, client_of, no_wait
from tests.transport.forward_proxy import ForwardProxy

TEXT = "Высота этажа 3,3 м."
HALF = "Высота этажа "
pytestmark = [pytest.mark.usefixtures("library"), pytest.mark.timeout(30)]


def closed(code: int) -> list[Any]:
    """A close frame, after which TCP stays open."""
    return [RawSocket(b"\x88\x02" + code.to_bytes(2)), Stall()]


async def test_close_without_end() -> None:
    """A refusal is raised at once, and no other run begins."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Deltas([HALF]), *closed(1008)])
        with pytest.raises(PermissionDeniedError) as caught:
            await pair.client.ask(await pair.chat(), "Какая высота?")

        assert (HALF, 1) == (caught.value.partial, len(pair.server.model_runs))


@pytest.mark.parametrize("code", [1000, 1011])
async def test_close_without_end__stored(code: int) -> None:
    """A stream that ended is looked up in the history, without waiting for its idle limit."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Deltas([HALF]), Store(TEXT), *closed(code)])

        assert TEXT == str(await pair.client.ask(await pair.chat(), "Какая высота?"))
        assert 1 == len(pair.server.model_runs)


async def test_close_without_end__too_large() -> None:
    """The head of a frame over the limit is enough: one run, whose answer is in the history."""
    async with client_and_server(ServerBehavior.CONTRACT, max_frame_bytes=100_000) as pair:
        pair.server.script_answer([Deltas([HALF]), Store(TEXT), RawSocket(b"\x81\x7f" + (2**40).to_bytes(8)), Stall()])

        assert TEXT == str(await pair.client.ask(await pair.chat(), "Какая высота?"))
        assert 1 == len(pair.server.model_runs)


async def test_close_without_end__finished() -> None:
    """Neither is the server waited for after the final text."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Deltas([HALF]), final(TEXT), *closed(1000)])
        async with asyncio.timeout(4):  # less than the wait for `completed`
            assert TEXT == str(await pair.client.ask(await pair.chat(), "Какая высота?"))


async def test_heartbeats() -> None:
    """Messages without an event are no part of the answer."""
    beats = [Raw(beat) for beat in (b"ping", b'{"type":"ping"}', b"")]
    async with client_and_server(ServerBehavior.CONTRACT, transport="websocket") as pair:
        pair.server.script_answer([*beats, Deltas([HALF]), *beats, final(TEXT), *beats, Close()])

        assert TEXT == str(await pair.client.ask(await pair.chat(), "Какая высота?"))
        assert 1 == len(pair.server.model_runs)


async def test_gateway_refuses() -> None:
    """After a login, with server-sent events, whose request has the header; later answers begin with them."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.respond("WS", "**", *[Reply(401)] * 2)
        for _ in range(2):
            await pair.client.ask(await pair.chat(), "Какая высота?")

        assert ["sse", "sse"] == [run.transport for run in pair.server.model_runs]
        assert 2 == len(pair.server.requests_to("WS"))


async def test_gateway_refuses__everything() -> None:
    """Where these are refused, too, it is the token."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.respond("WS", "**", *[Reply(401)] * 2)
        pair.server.respond("GET", "/chats/*/stream", Reply(401))
        with pytest.raises(AuthenticationError):
            await pair.client.ask(await pair.chat(), "Какая высота?")

        assert [] == pair.server.model_runs


async def test_handshake_dropped(tmp_path: Path) -> None:
    """A run may have begun, so the history is read; other processes know of it, and lose no time."""
    path = tmp_path / "tokens.json"
    options: dict[str, Any] = {"stream_timeouts": StreamTimeouts(connect=0.3), "token_store": FileTokenStore(path)}
    async with client_and_server(ServerBehavior.CONTRACT, **options) as pair:
        pair.server.respond("WS", "**", Hang())
        pair.server.script_answer(complex_answer(TEXT))
        chat = await pair.chat()
        begun = len(pair.calls())

        assert TEXT == str(await pair.client.ask(chat, "Какая высота?"))
        calls = [call for call in pair.calls()[begun:] if not call.startswith("POST")]
        assert "WS /chats/*/stream" == calls[0]
        assert ["GET /chats/*"] * len(LOOKS) == calls[1 : 1 + len(LOOKS)]
        assert "GET /chats/*/stream" == calls[1 + len(LOOKS)]
        async with client_of(pair.server, token_store=FileTokenStore(path)) as other:
            await other.ask(await other.create_chat("ещё"), "А ширина?")

        assert 1 == len(pair.server.requests_to("WS"))
        assert ["sse", "sse"] == [run.transport for run in pair.server.model_runs]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the addresses that names have."""

    def resolve(*addresses: tuple[str, int]) -> None:
        async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    return resolve


async def test_dead_address(names: Callable[..., None]) -> None:
    """The next address of the host is tried a moment later, by a WebSocket as by requests."""
    async with ScriptedServer(ServerBehavior.CONTRACT) as server:
        with socket.socket() as dead:
            dead.bind(("127.0.0.1", 0))  # nobody listens there: refused at once
            names(dead.getsockname(), ("127.0.0.1", server.port))
            url = f"http://server.test:{server.port}"
            login = {"allow_insecure": True, "transport": "websocket"}
            async with client_of(_At(url, server.static_token), **login) as client:
                assert await client.ask(await client.create_chat("a"), "Какая высота?")

        assert ["ws"] == [run.transport for run in server.model_runs]


class _At:
    def __init__(self, url: str, static_token: str) -> None:
        self.url, self.static_token = url, static_token


async def test_proxy_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Server-sent events of a plain http server need no tunnel; with a WebSocket only, the error names the proxy."""
    async with ScriptedServer(ServerBehavior.CONTRACT) as server, ForwardProxy(server.port, connects=False).running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        there = _At("http://server.corp.example", server.static_token)
        with waiting_by(no_wait):
            async with client_of(there, allow_insecure=True) as client:
                assert await client.ask(await client.create_chat("a"), "Какая высота?")
            async with client_of(there, allow_insecure=True, transport="websocket") as client:
                with pytest.raises(APIConnectionError, match="proxy"):
                    await client.ask(await client.create_chat("a"), "Какая высота?")

        assert ["sse"] == [run.transport for run in server.model_runs]
