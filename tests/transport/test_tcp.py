"""TCP connections of WebSockets: whichever address responds first, and none left after a failure."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import struct
import time
from collections.abc import Generator
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from aizoomdoc_client import APIConnectionError, APITimeoutError
from aizoomdoc_client.transport.tcp import connect_tcp
from aizoomdoc_client.transport.websocket import WebSocketTransport
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary

from .websocket_servers import REQUEST, TOKEN, SilentServer, accepted, library, transport_to

__all__ = ["library"]


@contextlib.contextmanager
def silent_listener() -> Generator[int]:
    """A port to which no connection is established: its backlog is full."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def resolve_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Names have the address 127.0.0.1 once for each port."""

    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_a_dead_first_address_costs_a_moment(library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second address is tried soon, with the connection to the first one still pending."""
    async with serve(ServerConnection.wait_closed, "127.0.0.1", 0) as server:
        with silent_listener() as dead:
            resolve_to(monkeypatch, dead, next(iter(server.sockets)).getsockname()[1])
            transport = WebSocketTransport("http://server.test:80", "tests", max_frame_bytes=1000, library=library)
            began = time.monotonic()
            found = await transport.open(REQUEST, token=TOKEN, connect_timeout=10)
            took = time.monotonic() - began
            await found.close()

    assert took < 3


async def test_a_refusing_first_address_costs_nothing(library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is the address after one that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = closed.getsockname()[1]
    async with serve(ServerConnection.wait_closed, "127.0.0.1", 0) as server:
        resolve_to(monkeypatch, refusing, next(iter(server.sockets)).getsockname()[1])
        transport = WebSocketTransport("http://server.test:80", "tests", max_frame_bytes=1000, library=library)
        await (await transport.open(REQUEST, token=TOKEN, connect_timeout=10)).close()


async def test_without_any_address_the_error_is_a_connection_error(
    library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = closed.getsockname()[1]
    resolve_to(monkeypatch, refusing, refusing)
    transport = WebSocketTransport("http://server.test:80", "tests", max_frame_bytes=1000, library=library)
    with pytest.raises(APIConnectionError) as caught:
        await transport.open(REQUEST, token=TOKEN, connect_timeout=10)

    assert not caught.value.request_sent


def impatient(url: str, library: WebSocketLibrary, reach: float = 0.3) -> WebSocketTransport:
    """A transport whose handshakes must be sent soon."""
    return WebSocketTransport(url, "tests", max_frame_bytes=1000, reach_timeout=reach, library=library)


async def test_until_the_handshake_is_sent_another_limit_counts(library: WebSocketLibrary) -> None:
    """A host that accepts no connection: the shorter limit ends the opening, and the error says that nothing was sent."""
    with silent_listener() as port, pytest.raises(APITimeoutError, match=r"0\.3 s") as caught:
        async with asyncio.timeout(10):
            await impatient(f"http://127.0.0.1:{port}", library).open(REQUEST, token=TOKEN, connect_timeout=60)

    assert not caught.value.request_sent


async def test_tls_that_does_not_begin_sends_no_handshake(library: WebSocketLibrary) -> None:
    """So does a host that accepts TCP and never answers TLS."""
    async with SilentServer().running() as server:
        with pytest.raises(APITimeoutError, match=r"0\.3 s") as caught:
            async with asyncio.timeout(10):
                await impatient(f"https://127.0.0.1:{server.port}", library).open(REQUEST, token=TOKEN, connect_timeout=60)
        await asyncio.wait_for(server.closed.wait(), 5)

    assert not caught.value.request_sent


async def test_a_handshake_that_was_sent_has_the_whole_time(library: WebSocketLibrary) -> None:
    """A busy server may answer it later."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        await asyncio.sleep(0.5)
        writer.write(accepted(head))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await impatient(f"http://127.0.0.1:{port}", library).open(REQUEST, token=TOKEN, connect_timeout=20)
        await found.close()


def reset_each(listener: socket.socket, stop: list[bool]) -> None:
    """Resets each connection as soon as it is accepted."""
    while True:
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        if stop:
            return


async def test_a_connection_that_is_reset_at_once_leaves_no_socket(library: WebSocketLibrary) -> None:
    """Whenever the reset comes, the error says that the connection failed, and nothing is left for the garbage collector."""
    stop = list[bool]()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        resetting = asyncio.create_task(asyncio.to_thread(reset_each, listener, stop))
        for _ in range(50):
            with pytest.raises(APIConnectionError):
                await transport_to(listener.getsockname()[1], library).open(REQUEST, token=TOKEN, connect_timeout=5)
        stop.append(True)
        with contextlib.suppress(OSError):
            (await connect_tcp(*listener.getsockname())).close()
        await resetting
    gc.collect()  # an open socket would warn, which fails the test
