"""Long header lines in the response to a WebSocket handshake, as some proxies send them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aizoomdoc_client import APIConnectionError
from aizoomdoc_client.transport import picows_client
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary

from .websocket_servers import REQUEST, TOKEN, accepted, each_library as library, transport_to

__all__ = ["library"]
pytestmark = pytest.mark.timeout(20)
EVENT = b'{"event":"completed","data":{}}'


@asynccontextmanager
async def server_with_header(size: int) -> AsyncIterator[int]:
    """The port of a server that accepts the handshake with a header line of `size` bytes, sends one event and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = accepted((await reader.readuntil(b"\r\n\r\n")).decode())
        header = b"Set-Cookie: " + b"x" * (size - 12)
        writer.write(head.removesuffix(b"\r\n") + header + b"\r\n\r\n" + bytes([0x81, len(EVENT)]) + EVENT)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("size", [8_000, 14_000, 60_000])
async def test_a_long_header_line_is_read(library: WebSocketLibrary, size: int) -> None:
    """Up to 64 KiB by websockets; picows reads 16 KiB of headers in all."""
    if size > picows_client.MAX_HEAD and "picows" in library.connect.__module__:
        pytest.skip("picows reads less")
    async with server_with_header(size) as port:
        stream = await transport_to(port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
        try:
            assert [EVENT] == list(await stream.receive())
        finally:
            await stream.close()


async def test_a_longer_one_may_have_begun_a_run(library: WebSocketLibrary) -> None:
    """The server has accepted: whoever opens another stream at once starts a second run, so the error says that it is unknown."""
    async with server_with_header(300_000) as port:
        with pytest.raises(APIConnectionError) as caught:
            await transport_to(port, library).open(REQUEST, token=TOKEN, connect_timeout=2)

    assert caught.value.request_sent
