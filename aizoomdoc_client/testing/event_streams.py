"""The two streams of events to a client: server-sent events and WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from abc import ABC, abstractmethod
from typing import Any, Literal

import attrs
from aiohttp import WSMsgType, web
from websockets.frames import Frame, Opcode

from .behavior import WireFormat
from .proxy.connections import end_connection

Transport = Literal["sse", "ws"]


@attrs.define(eq=False)
class EventStream(ABC):
    """The stream of events to a client. Once `over` is set, sending does nothing."""

    http: web.BaseRequest
    over: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    @property
    @abstractmethod
    def transport(self) -> Transport:
        """Which of the two it is."""

    @abstractmethod
    async def send_half_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends the first half of the bytes of one event."""

    @abstractmethod
    async def close(self, code: int | None, reason: str) -> None:
        """Ends the stream in good order: ends the body, or sends a close frame (without a code if `code` is None)."""

    @abstractmethod
    def _encode(self, name: str, data: Any, wire_format: WireFormat) -> bytes:
        """The body of an event, or the text of a frame."""

    @abstractmethod
    async def _send(self, data: bytes) -> None:
        """Sends one chunk, or one frame."""

    async def send_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends one event."""
        await self.send_raw(self._encode(name, data, wire_format))

    async def send_raw(self, data: bytes) -> None:
        """Sends bytes unchanged: into the body, or as one text frame."""
        if self.over.is_set():
            return
        try:
            await self._send(data)
        except ConnectionError:
            self.over.set()
            raise

    async def write_to_socket(self, data: bytes) -> None:
        """Writes bytes to the TCP connection, without the framing of HTTP and WebSocket."""
        transport = self.http.transport
        if transport is not None and not self.over.is_set():
            transport.write(data)

    def drop(self, *, reset: bool) -> None:
        """Ends the TCP connection, with a RST if `reset` and with a FIN otherwise."""
        self.over.set()
        if self.http.transport is not None:
            end_connection(self.http.transport, reset=reset)


@attrs.define(eq=False)
class ServerSentEventStream(EventStream):
    """Server-sent events in a chunked body."""

    response: web.StreamResponse

    @property
    def transport(self) -> Transport:
        """Always ``sse``."""
        return "sse"

    def _encode(self, name: str, data: Any, wire_format: WireFormat) -> bytes:
        return wire_format.sse(name, data)

    async def _send(self, data: bytes) -> None:
        await self.response.write(data)

    async def send_half_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends the first half of the bytes of an event."""
        whole = self._encode(name, data, wire_format)
        await self.send_raw(whole[: len(whole) // 2])

    async def close(self, code: int | None, reason: str) -> None:
        """Ends the body in good order."""
        _ = code, reason
        if not self.over.is_set():
            self.over.set()
            await self.response.write_eof()


@attrs.define(eq=False)
class WebSocketStream(EventStream):
    """WebSocket text frames."""

    websocket: web.WebSocketResponse

    @property
    def transport(self) -> Transport:
        """Always ``ws``."""
        return "ws"

    def _encode(self, name: str, data: Any, wire_format: WireFormat) -> bytes:
        return wire_format.frame(name, data)

    async def _send(self, data: bytes) -> None:
        await self.websocket.send_frame(data, WSMsgType.TEXT)

    async def send_half_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends the header of a frame, which announces the whole text, and the first half of the text."""
        text = self._encode(name, data, wire_format)
        frame = Frame(Opcode.TEXT, text).serialize(mask=False)
        await self.write_to_socket(frame[: len(frame) - len(text) + len(text) // 2])

    async def close(self, code: int | None, reason: str) -> None:
        """Sends a close frame, without a code if `code` is None."""
        if self.over.is_set():
            return
        self.over.set()
        await self.websocket.send_frame(_close_payload(code, reason), WSMsgType.CLOSE)

    async def acknowledge_close(self) -> None:
        """Answers the close frame of the client, unless the client has already left."""
        with contextlib.suppress(ConnectionError):
            await self.websocket.send_frame(_close_payload(1000, ""), WSMsgType.CLOSE)


def _close_payload(code: int | None, reason: str) -> bytes:
    """Code and reason (RFC 6455 §5.5.1); unlike the libraries' own functions this one encodes invalid codes too."""
    return b"" if code is None else struct.pack("!H", code) + reason.encode()
