"""A WebSocket connection with either library: frames, pings, back-pressure, and closing without a response."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from aizoomdoc_client import APIConnectionError, APITimeoutError, ProtocolError, StreamInterruptedError
from aizoomdoc_client.transport import keep_alive
from aizoomdoc_client.transport.base import FrameStream
from aizoomdoc_client.transport.websocket import WebSocketTransport, websockets_library
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary
from tests.faults.tls import certificate, tls_proxy

from .websocket_servers import REQUEST, TOKEN, SilentServer, each_library as library, received, transport_to

__all__ = ["library"]

Handler = Callable[[ServerConnection], Awaitable[object]]


@asynccontextmanager
async def opened(handler: Handler, library: WebSocketLibrary, limit: int = 100_000) -> AsyncIterator[FrameStream]:
    """A stream to a server that runs `handler`."""

    async def handle(connection: ServerConnection) -> None:
        await handler(connection)

    async with serve(handle, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        found = await transport_to(port, library, limit).open(REQUEST, token=TOKEN, connect_timeout=5)
        yield found
        await found.close()


async def test_messages_are_received_whole(library: WebSocketLibrary) -> None:
    """Text and binary messages, fragmented or not, are received as bytes and in order; the error has the close code."""

    async def send(connection: ServerConnection) -> None:
        await connection.send("один")
        await connection.send(["дв", "а", ""])
        await connection.send(b"\xff\x00")
        await connection.close(1012, "restart")

    async with opened(send, library) as found:
        frames, error = await received(found)

    assert ["один".encode(), "два".encode(), b"\xff\x00"] == frames
    assert (StreamInterruptedError, 1012) == (type(error), error.details["close_code"])
    assert ("WS", REQUEST.path) == (error.method, error.path)


LARGE = [f"{letter}{number:07}" * 50_000 for number, letter in enumerate("абвгде")]


async def send_large(connection: ServerConnection) -> None:
    for text in LARGE:
        await connection.send(text)
    await connection.close()


async def test_large_messages_are_received_whole(library: WebSocketLibrary) -> None:
    """A message may be larger than one read of the socket."""
    async with opened(send_large, library, limit=1_000_000) as found:
        frames, _ = await received(found)

    assert [text.encode() for text in LARGE] == frames


async def test_large_messages_are_received_whole_through_tls(
    library: WebSocketLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With TLS one read fills the buffer in several steps."""
    key = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(key))
    async with serve(send_large, "127.0.0.1", 0) as server, tls_proxy(next(iter(server.sockets)).getsockname()[1], key) as proxy:
        transport = WebSocketTransport(proxy.url, "tests", max_frame_bytes=1_000_000, library=library)
        found = await transport.open(REQUEST, token=TOKEN, connect_timeout=5)
        frames, _ = await received(found)
        await found.close()

    assert [text.encode() for text in LARGE] == frames


async def test_threads_read_concurrently(library: WebSocketLibrary) -> None:
    """Connections in the loops of several threads do not mix their frames, although each thread has one read buffer."""

    async def read(port: int) -> list[Any]:
        found = await transport_to(port, library, 1_000_000).open(REQUEST, token=TOKEN, connect_timeout=5)
        frames, _ = await received(found)
        await found.close()
        return frames

    async with serve(send_large, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        found = await asyncio.gather(*(asyncio.to_thread(asyncio.run, read(port)) for _ in range(4)))

    assert [[text.encode() for text in LARGE]] * 4 == found


async def test_the_query_is_the_documented_one(library: WebSocketLibrary) -> None:
    """The query has the token first, then the other parameters, percent-encoded; the only header added is User-Agent."""
    seen = list[Any]()

    async def look(connection: ServerConnection) -> None:
        seen.append(connection.request)

    async with opened(look, library) as found:
        await received(found)

    [request] = seen
    assert request.path.startswith(f"{REQUEST.path}?token=jwt&client_id=")
    assert request.path.isascii()
    assert " " not in request.path
    assert (None, "tests", None) == tuple(request.headers.get(name) for name in ("Authorization", "User-Agent", "Cookie"))
    assert "Sec-WebSocket-Extensions" not in request.headers


@pytest.mark.parametrize("pieces", [["m" * 2000], ["m" * 600] * 3], ids=["frame", "fragments"])
async def test_a_message_over_the_limit_is_refused(library: WebSocketLibrary, pieces: list[str]) -> None:
    """A message over the limit, fragmented or not, is refused before it is buffered whole; messages before it are returned."""

    async def send(connection: ServerConnection) -> None:
        await connection.send("m" * 900)
        await connection.send(pieces)
        await connection.wait_closed()

    async with opened(send, library, limit=1000) as found:
        frames, error = await received(found)

    assert [900] == [len(frame) for frame in frames]
    assert ProtocolError is type(error)
    assert "max_frame_bytes" in str(error)


async def test_pings_are_answered(library: WebSocketLibrary) -> None:
    """The server's pings are answered while no `receive` is waiting."""
    answered = asyncio.Event()

    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping())
        answered.set()

    async with opened(ping, library):
        await asyncio.wait_for(answered.wait(), 5)


async def test_pings_are_sent(library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pings are sent at intervals, and a missing pong does not close the connection at once."""
    monkeypatch.setattr(keep_alive, "PING_INTERVAL", 0.01)
    async with SilentServer().running() as server:
        found = await transport_to(server.port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
        reading = asyncio.create_task(found.receive())
        await asyncio.wait_for(server.three_pings.wait(), 5)
        assert not reading.done()
        found.abort()
        with pytest.raises(StreamInterruptedError):
            await reading


async def test_a_slow_reader_stops_the_server(library: WebSocketLibrary) -> None:
    """The queue is bounded: back-pressure stops a server that sends more, and no frame is lost."""
    sent = 0

    async def flood(connection: ServerConnection) -> None:
        nonlocal sent
        for number in range(2000):
            await connection.send(f"{number:<20000}")
            sent += 1

    async with opened(flood, library) as found:
        first = await found.receive()
        before = -1
        while before != sent:
            before = sent
            for _ in range(50):
                await asyncio.sleep(0)
        sent_unread = sent
        frames, _ = await received(found)

    assert sent_unread < 2000
    assert [f"{number:<20000}".encode() for number in range(2000)] == [*first, *frames]


async def test_abort_wakes_the_reader(library: WebSocketLibrary) -> None:
    """`abort` ends a waiting `receive` at once, without the server; it is idempotent."""
    async with SilentServer().running() as server:
        found = await transport_to(server.port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
        reading = asyncio.create_task(found.receive())
        await asyncio.sleep(0)
        found.abort()
        found.abort()
        with pytest.raises(StreamInterruptedError):
            await reading
        await asyncio.wait_for(server.closed.wait(), 5)
        await found.close()


async def test_closing_closes_the_connection(library: WebSocketLibrary) -> None:
    """Closing ends TCP too; it is idempotent."""
    async with SilentServer().running() as server:
        found = await transport_to(server.port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
        async with asyncio.timeout(2):
            await found.close()
            await found.close()
        await asyncio.wait_for(server.closed.wait(), 5)


async def test_a_cancelled_close_aborts(library: WebSocketLibrary) -> None:
    """A cancelled `close` leaves no connection."""
    async with SilentServer().running() as server:
        found = await transport_to(server.port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
        closing = asyncio.create_task(found.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await asyncio.wait_for(server.closed.wait(), 5)


@pytest.mark.parametrize("by", ["limit", "cancel"])
async def test_a_handshake_without_a_response_leaves_no_connection(library: WebSocketLibrary, by: str) -> None:
    """When the handshake times out or is cancelled, its connection is closed."""
    async with SilentServer().running(accepts=False) as server:
        opening = asyncio.create_task(
            transport_to(server.port, library).open(REQUEST, token=TOKEN, connect_timeout=1 if by == "limit" else 60)
        )
        if by == "limit":
            with pytest.raises(APITimeoutError) as caught:
                await opening
            assert ("connect", True) == (caught.value.deadline, caught.value.request_sent)
        else:
            done, _ = await asyncio.wait({opening}, timeout=0.1)
            assert not done
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
        await asyncio.wait_for(server.closed.wait(), 5)


@pytest.mark.parametrize(("host", "resolved"), [("127.0.0.1", []), ("localhost", ["localhost"])])
async def test_only_a_host_name_is_resolved(
    library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch, host: str, resolved: list[str]
) -> None:
    """A host name is resolved by `getaddrinfo` in a thread; an IP address is not."""
    loop, names = asyncio.get_running_loop(), list[Any]()
    real = loop.getaddrinfo

    async def recorded(name: Any, port: Any, **options: Any) -> Any:
        names.append(name)
        return await real(name, port, **options)

    async with serve(ServerConnection.wait_closed, "127.0.0.1", 0) as server:
        monkeypatch.setattr(loop, "getaddrinfo", recorded)
        port = next(iter(server.sockets)).getsockname()[1]
        transport = WebSocketTransport(f"http://{host}:{port}", "tests", max_frame_bytes=1000, library=library)
        await (await transport.open(REQUEST, token=TOKEN, connect_timeout=5)).close()

    assert resolved == names


async def test_an_open_connection_keeps_no_request() -> None:
    """The request of the handshake is freed when the connection is open."""
    async with opened(ServerConnection.wait_closed, websockets_library()) as found:
        connection: Any = found

        assert connection._connection.request is None


async def test_a_refused_connection(library: WebSocketLibrary) -> None:
    """The error of a refused connection says that nothing was sent, and does not contain the URL."""
    async with SilentServer().running() as server:
        port = server.port
    with pytest.raises(APIConnectionError) as caught:
        await transport_to(port, library).open(REQUEST, token=TOKEN, connect_timeout=5)

    assert (False, False) == (caught.value.request_sent, caught.value.fatal)
    assert "jwt" not in str(caught.value)


async def test_a_connect_timeout_says_that_nothing_was_sent(library: WebSocketLibrary) -> None:
    """A host that accepts no connection has received no handshake, so it cannot have started a run."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # fills its backlog, so that the system drops further connections
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        with pytest.raises(APITimeoutError) as caught:
            await transport_to(listener.getsockname()[1], library).open(REQUEST, token=TOKEN, connect_timeout=0.3)

    assert ("connect", False) == (caught.value.deadline, caught.value.request_sent)


async def test_a_server_without_tls_is_a_fatal_error(library: WebSocketLibrary) -> None:
    """If the server does not speak TLS, connecting is not retried."""

    async def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        transport = WebSocketTransport(f"https://127.0.0.1:{port}", "tests", max_frame_bytes=1000, library=library)
        with pytest.raises(APIConnectionError) as caught:
            await transport.open(REQUEST, token=TOKEN, connect_timeout=5)

    assert caught.value.fatal


@pytest.mark.parametrize(
    "garbage",
    [b"\xff" * 10, struct.pack("!BB", 0x83, 0), b"\x81\xfe\xff\xff" + b"m" * 10, b"\xc1\x05hello", b"\x88\x01\x00"],
    ids=["noise", "reserved-opcode", "mnames", "compressed", "short-close"],
)
async def test_an_invalid_frame_is_an_error(library: WebSocketLibrary, garbage: bytes) -> None:
    """A protocol violation ends the stream with an `APIError`; the invalid frame is not delivered."""

    async def send(connection: ServerConnection) -> None:
        await connection.send("ok")
        connection.transport.write(garbage)
        await connection.wait_closed()

    async with opened(send, library) as found:
        frames, error = await received(found)

    assert [b"ok"] == frames
    assert isinstance(error, StreamInterruptedError)
