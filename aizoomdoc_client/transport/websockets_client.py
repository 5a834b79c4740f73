"""Connections of websockets that deliver messages in batches and do not follow redirects."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

from websockets import http11
from websockets.asyncio.client import ClientConnection, connect as websockets_connect
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from .frame_queue import FrameQueue
from .keep_alive import KeepAlive
from .sockets import read_buffer
from .tcp import connect_tcp
from .websocket_library import Close, CloseFrames, ConnectTimeoutError, OpeningLimit

http11.MAX_LINE_LENGTH = 64 * 1024  # as for HTTP; its own 8,192 bytes are too few for some proxies
_DATA_OPCODES = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class WebSocketsConnection(ClientConnection, asyncio.BufferedProtocol):
    """A connection that puts its messages into a `FrameQueue`, because a `recv` per message costs as much as reading it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = self.max_queue_high or 0
        self.frames: FrameQueue = FrameQueue(limit, pause=self._pause_reading, resume=self._resume_reading)
        self._keep_alive: KeepAlive | None = None
        self.limit: OpeningLimit | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called when the connection to the server is established, before the handshake."""
        if self.limit is not None:
            self.limit.reached()
        super().connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """The buffer into which the event loop reads."""
        del sizehint
        return read_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        """Handles bytes that were read into the buffer."""
        self.data_received(cast("bytes", read_buffer()[:nbytes]))  # copies them to the parser's buffer

    def data_received(self, data: bytes) -> None:
        """Handles bytes that were read; uvloop, which takes this for a protocol without a buffer, calls it directly."""
        super().data_received(data)
        self.frames.on_read()
        if self.protocol.close_expected():
            # A close frame was received, or sent because of an invalid or too large frame. Many proxies keep TCP open then.
            self.frames.end()

    def start_pings(self) -> None:
        """Starts sending pings."""
        self._keep_alive = KeepAlive(self)

    def process_event(self, event: Any) -> None:
        """Handles an event of the protocol: the response to the handshake, or a frame."""
        if isinstance(event, Frame) and event.opcode in _DATA_OPCODES:
            if event.fin and event.opcode is not Opcode.CONT:
                self.frames.append(bytes(event.data))
            else:
                self.frames.append_fragment(bytes(event.data), is_last=event.fin)
            return
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode is Opcode.PONG and self._keep_alive is not None:
            self._keep_alive.pong()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when the connection is lost."""
        super().connection_lost(exc)
        if self._keep_alive is not None:
            self._keep_alive.stop()
        self.frames.end()

    @property
    def close_frames(self) -> CloseFrames:
        """See `websocket_library.Connection.close_frames`."""
        return CloseFrames(rcvd=Close.of(self.protocol.close_rcvd), sent=Close.of(self.protocol.close_sent))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """See `websocket_library.Connection.close`."""
        if self.state is State.OPEN:
            self.protocol.send_close(code, reason)
            self.send_data()
            await asyncio.sleep(0)  # some event loops write in their next iteration
        self.abort()
        await self.wait_closed()

    def abort(self) -> None:
        """Aborts the connection; idempotent."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """Aborts the connection. As only pings and pongs are sent, the peer sends too many pings or has not read for hours."""
        super().pause_writing()
        self.abort()

    def send_ping(self) -> None:
        """Sends a ping."""
        if self.state is State.OPEN:  # not during the closing handshake
            self.protocol.send_ping(b"")
            self.send_data()

    def _pause_reading(self) -> None:
        self.transport.pause_reading()

    def _resume_reading(self) -> None:
        self.transport.resume_reading()


class _Connect(websockets_connect):
    """`connect` that raises an error for a redirect, because following it could send the token to another server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def connect(
    uri: str, *, open_timeout: float, reach_timeout: float, proxy: str | None, **options: Any
) -> WebSocketsConnection:
    """See `websocket_library.WebSocketLibrary.connect`; raises `ConnectTimeoutError`."""
    tried, limit = list[WebSocketsConnection](), OpeningLimit(reach_timeout, open_timeout)

    def create(*args: Any, **kwargs: Any) -> WebSocketsConnection:
        tried.append(WebSocketsConnection(*args, **kwargs))
        tried[-1].limit = limit
        return tried[-1]

    # The documentation allows any factory.
    factory = cast("type[ClientConnection]", create)
    try:
        async with limit.timeout, _socket(uri, proxy, tried) as sock:
            options |= {"proxy": proxy, "ping_interval": None, "open_timeout": None, "sock": sock}
            await _Connect(uri, create_connection=factory, **options)
    except TimeoutError:
        if limit.is_reached:
            raise
        raise ConnectTimeoutError from None
    connection = tried.pop()
    connection.request = connection.limit = None  # not needed any more, and a tenth of the memory of an idle connection
    connection.start_pings()
    return connection


@contextlib.asynccontextmanager
async def _socket(uri: str, proxy: str | None, users: Sequence[object]) -> AsyncGenerator[socket.socket | None]:
    """A socket that is connected to the server; None where the library connects to a proxy. Closes it if it has no user."""
    if proxy is not None:
        yield None
        return
    target = parse_uri(uri)
    sock = await connect_tcp(target.host, target.port)
    try:
        yield sock
    finally:
        if not users:
            sock.close()
