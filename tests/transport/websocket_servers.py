"""What tests of WebSocket connections share: both libraries, a transport to a port, and servers without a library."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import attrs
import pytest
from websockets.utils import accept_key

from aizoomdoc_client import APIError
from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.protocol.requests import StreamScope, stream
from aizoomdoc_client.transport.base import FrameStream
from aizoomdoc_client.transport.network import Network
from aizoomdoc_client.transport.own_session import OwnSession
from aizoomdoc_client.transport.session_websocket import library_over
from aizoomdoc_client.transport.websocket import WebSocketTransport, picows_library, websockets_library
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary

REQUEST = stream("6f1c1a52-0000-4000-8000-000000000001", StreamScope(client_id="мой клиент & co"))
TOKEN = Secret("jwt")


def new_session() -> aiohttp.ClientSession:
    """A session whose TLS trusts the authorities that the environment names now, and not when aiohttp was imported."""
    trusted = ssl.create_default_context() if "SSL_CERT_FILE" in os.environ else True
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted))


def session_library() -> WebSocketLibrary:
    """The library websockets over a session of aiohttp for each event loop."""
    return library_over(OwnSession(new_session), Network())


@pytest.fixture(params=[websockets_library, picows_library], ids=["websockets", "picows"])
def library(request: Any) -> WebSocketLibrary:
    """Each library that clients choose by themselves."""
    made: WebSocketLibrary = request.param()
    return made


@pytest.fixture(params=[websockets_library, picows_library, session_library], ids=["websockets", "picows", "session"])
def each_library(request: Any) -> WebSocketLibrary:
    """Each library, and the one over a user's own session."""
    made: WebSocketLibrary = request.param()
    return made


def transport_to(port: int, library: WebSocketLibrary, limit: int = 100_000) -> WebSocketTransport:
    """A transport to a port of this machine; `limit` is its largest frame in bytes."""
    return WebSocketTransport(f"http://127.0.0.1:{port}", "tests", max_frame_bytes=limit, library=library)


async def received(found: FrameStream) -> tuple[list[Any], APIError]:
    """All frames, and the error that ended the stream."""
    frames = list[Any]()
    while True:
        try:
            frames += await found.receive()
        except APIError as error:
            return frames, error


def accepted(head: str) -> bytes:
    """The response to a handshake (RFC 6455 §4.2.2)."""
    key = next(line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade"
    return f"HTTP/1.1 101 Switching Protocols\r\n{upgrade}\r\nSec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()


@attrs.define
class SilentServer:
    """A server that accepts a WebSocket and then sends nothing."""

    port: int = 0
    heard: bytes = b""
    three_pings: asyncio.Event = attrs.field(factory=asyncio.Event)
    closed: asyncio.Event = attrs.field(factory=asyncio.Event)

    @asynccontextmanager
    async def running(self, *, accepts: bool = True) -> AsyncIterator[SilentServer]:
        """Serves until the block ends; without `accepts` it does not answer the handshake either."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                if accepts:
                    writer.write(accepted(head.decode()))
                while data := await reader.read(1000):
                    self.heard += data
                    if self.heard.count(b"\x89") >= 3:
                        self.three_pings.set()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            self.closed.set()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
