"""What a server says by a close frame, or the client by a frame over its limit, counts at once, although TCP stays open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import (
    APIError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    StreamInterruptedError,
)
from aizoomdoc_client.transport.websocket import WebSocketTransport
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary
from tests.faults.tls import certificate, tls_proxy

from .websocket_servers import REQUEST, TOKEN, accepted, each_library as library, received, transport_to

__all__ = ["library"]
pytestmark = pytest.mark.timeout(20)
SOON = 2.0
"""Seconds for what happens at once, on a busy machine; every time-out that could end the stream is longer."""


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """A whole frame of a server (RFC 6455 §5.2)."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2) if size < 65536 else b"\x7f" + size.to_bytes(8)
    return bytes([0x80 | opcode]) + length + payload


def close(code: int | None, reason: str = "") -> bytes:
    """A close frame."""
    return frame(b"" if code is None else code.to_bytes(2) + reason.encode(), 8)


@asynccontextmanager
async def server_that_sends(*pieces: bytes) -> AsyncIterator[int]:
    """The port of a server that sends `pieces` after the handshake, one write each, and never closes the connection."""
    over, closed = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accepted((await reader.readuntil(b"\r\n\r\n")).decode()))
        for piece in pieces:
            await writer.drain()
            await asyncio.sleep(0.02)  # a read of its own each
            writer.write(piece)
        await over.wait()
        writer.close()
        closed.set()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        over.set()
        await closed.wait()


async def verdict(transport: WebSocketTransport) -> tuple[list[Any], APIError]:
    """The frames and the error of a stream, which come soon; closing it does not wait for the server either."""
    found = await transport.open(REQUEST, token=TOKEN, connect_timeout=5)
    try:
        async with asyncio.timeout(SOON):
            frames, error = await received(found)
            await found.close()
    finally:
        found.abort()
        await asyncio.sleep(0)
    return frames, error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1000, StreamInterruptedError),
        (1008, PermissionDeniedError),
        (1011, StreamInterruptedError),
        (1012, StreamInterruptedError),
        (4401, AuthenticationError),
        (4403, PermissionDeniedError),
        (4404, NotFoundError),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["with-frames", "after-frames"])
async def test_a_close_frame_is_the_verdict(library: WebSocketLibrary, code: int, kind: type[APIError], at_once: bool) -> None:
    """The error of the close code comes with its frame, after the frames before it, whether read at once or one by one."""
    sent = [frame(b"one"), frame(b"two" * 100), close(code, "no")]
    async with server_that_sends(*([b"".join(sent)] if at_once else sent)) as port:
        frames, error = await verdict(transport_to(port, library))

    assert ([b"one", b"two" * 100], kind, code) == (frames, type(error), error.details["close_code"])


async def test_a_close_frame_without_a_code_is_1005(library: WebSocketLibrary) -> None:
    """An empty close frame has the code that RFC 6455 §7.1.5 gives it."""
    async with server_that_sends(close(None)) as port:
        frames, error = await verdict(transport_to(port, library))

    assert ([], StreamInterruptedError, 1005) == (frames, type(error), error.details["close_code"])


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([b"\x81\x7e" + (2000).to_bytes(2)], id="head"),
        pytest.param([b"\x81\x7f" + (2**40).to_bytes(8), b"m" * 100], id="huge"),
        pytest.param(
            [b"\x01\x7e" + (900).to_bytes(2) + b"m" * 900, b"\x80\x7e" + (900).to_bytes(2) + b"m" * 900], id="fragments"
        ),
        pytest.param([frame(b"m" * 2000), close(1011)], id="and-closed"),
    ],
)
async def test_a_frame_over_the_limit_is_the_verdict(library: WebSocketLibrary, sent: list[bytes]) -> None:
    """The head of a frame that is too large is enough for the error that names the limit."""
    async with server_that_sends(frame(b"k" * 900), *sent) as port:
        frames, error = await verdict(transport_to(port, library, 1000))

    assert ([b"k" * 900], ProtocolError, 1009) == (frames, type(error), error.details["close_code"])
    assert "max_frame_bytes" in str(error)


async def test_an_invalid_frame_is_an_interruption(library: WebSocketLibrary) -> None:
    """So does a violation of the protocol end the stream at once."""
    async with server_that_sends(frame(b"one"), b"\x83\x00") as port:
        frames, error = await verdict(transport_to(port, library))

    assert ([b"one"], StreamInterruptedError) == (frames, type(error))


async def test_a_verdict_behind_tls_comes_at_once(
    library: WebSocketLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the verdict nor closing waits for the server's part of the end of TLS."""
    key = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(key))
    for sent, kind in (([close(1008, "no")], PermissionDeniedError), ([b"\x81\x7e" + (2000).to_bytes(2)], ProtocolError)):
        async with server_that_sends(*sent) as port, tls_proxy(port, key) as proxy:
            _, error = await verdict(WebSocketTransport(proxy.url, "tests", max_frame_bytes=1000, library=library))

        assert kind is type(error)


async def test_closing_does_not_wait_for_the_server(library: WebSocketLibrary) -> None:
    """Closing sends a close frame and ends the connection: a server that never responds to it costs no time."""
    heard = asyncio.get_running_loop().create_future()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accepted((await reader.readuntil(b"\r\n\r\n")).decode()))
        heard.set_result(await reader.read())
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        transport = transport_to(server.sockets[0].getsockname()[1], library)
        found = await transport.open(REQUEST, token=TOKEN, connect_timeout=5)
        began = time.monotonic()
        await found.close()
        took = time.monotonic() - began
        async with asyncio.timeout(SOON):
            said = await heard

    assert took < 0.5
    assert b"\x88\x82" == said[:2]
