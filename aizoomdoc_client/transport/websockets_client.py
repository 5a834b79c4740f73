"""websockets with its messages taken in batches, and without following redirects."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect as websockets_connect
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from .frame_queue import FrameQueue
from .keep_alive import KeepAlive
from .sockets import read_buffer
from .websocket_library import UnreachedError

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class WebSocketsConnection(ClientConnection, asyncio.BufferedProtocol):
    """A connection that hands its messages to a queue of ours: a `recv` for each costs as much as reading the message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = self.max_queue_high or 0
        self.frames: FrameQueue = FrameQueue(limit, pause=self._pause_reading, resume=self._resume_reading)
        self._keep_alive: KeepAlive | None = None
        self.is_connected: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a connection, and the handshake begins."""
        self.is_connected = True
        super().connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the event loop puts what it reads."""
        del sizehint
        return read_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        self.data_received(cast("bytes", read_buffer()[:nbytes]))  # which are copied to the end of what waits to be parsed
        self.frames.arrived()

    def begin_pings(self) -> None:
        """Keeps the connection alive from now on."""
        self._keep_alive = KeepAlive(self)

    def process_event(self, event: Any) -> None:
        """Takes in one event: the response to the handshake, or a frame."""
        if isinstance(event, Frame) and event.opcode in _DATA:
            if event.fin and event.opcode is not Opcode.CONT:
                self.frames.waiting.append(bytes(event.data))
            else:
                self.frames.append_fragment(bytes(event.data), is_last=event.fin)
            return
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode is Opcode.PONG and self._keep_alive is not None:
            self._keep_alive.pong()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        if self._keep_alive is not None:
            self._keep_alive.stop()
        self.frames.end()

    @property
    def ending(self) -> Any:
        """What is known of the end: close frames received and sent."""
        return self.protocol.close_exc

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes with a handshake; what waits is thrown away, since the server's close frame may stand behind it."""
        self.frames.discard()
        await super().close(code, reason)

    def abort(self) -> None:
        """Breaks the connection; idempotent."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """Breaks the connection: only pings and pongs are sent, so the other side floods us, or has read nothing for hours."""
        super().pause_writing()
        self.abort()

    def send_ping(self) -> None:
        """Sends a ping."""
        if self.state is State.OPEN:  # in the closing handshake there is nothing left to keep alive
            self.protocol.send_ping(b"")
            self.send_data()

    def _pause_reading(self) -> None:
        self.transport.pause_reading()

    def _resume_reading(self) -> None:
        self.transport.resume_reading()


class _Connect(websockets_connect):
    """`connect`, but a redirect is an error: following it would show the token to another server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def connect(uri: str, **options: Any) -> WebSocketsConnection:
    """An open connection; the options are those of websockets' `connect`. Raises `UnreachedError` when none came about."""
    tried = list[WebSocketsConnection]()

    def create(*args: Any, **kwargs: Any) -> WebSocketsConnection:
        tried.append(WebSocketsConnection(*args, **kwargs))
        return tried[-1]

    # Any factory will do, by the documentation.
    factory = cast("type[ClientConnection]", create)
    try:
        await _Connect(uri, create_connection=factory, ping_interval=None, **options)
    except TimeoutError:
        if any(connection.is_connected for connection in tried):
            raise
        raise UnreachedError from None
    connection = tried.pop()
    connection.request = None  # of no more use, and a tenth of what an idle connection holds
    connection.begin_pings()
    return connection
