"""The two ways in which a run's events travel: server-sent events and a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import Any

import attrs
from aiohttp import WSMsgType, web

from .proxy.connections import end_connection
from .steps import Transport
from .wireformat import WireFormat


def cut(request: web.BaseRequest, *, reset: bool) -> None:
    """Cuts the request's TCP connection, with a reset or with a plain FIN."""
    if request.transport is not None:
        end_connection(request.transport, reset=reset)


@attrs.define(eq=False)
class _Channel:
    """What both have in common: once over, sending does nothing."""

    request: web.BaseRequest
    over: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    async def event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends one event."""
        await self.raw(self.encoded(name, data, wire_format))

    async def raw(self, data: bytes) -> None:
        """Sends bytes as they are."""
        if self.over.is_set():
            return
        try:
            await self.send(data)
        except ConnectionError:
            self.over.set()
            raise

    async def socket(self, data: bytes) -> None:
        """Writes bytes past all framing."""
        transport = self.request.transport
        if transport is not None and not self.over.is_set():
            transport.write(data)

    def drop(self, *, reset: bool) -> None:
        """Cuts the TCP connection."""
        self.over.set()
        cut(self.request, reset=reset)

    def encoded(self, name: str, data: Any, wire_format: WireFormat) -> bytes:
        raise NotImplementedError

    async def send(self, data: bytes) -> None:
        raise NotImplementedError


@attrs.define(eq=False)
class EventSourceChannel(_Channel):
    """Server-sent events in a chunked body."""

    transport: Transport = attrs.field(default="sse", init=False)
    response: web.StreamResponse

    def encoded(self, name: str, data: Any, wire_format: WireFormat) -> bytes:
        """The event's bytes."""
        return wire_format.sse(name, data)

    async def send(self, data: bytes) -> None:
        """Sends one chunk."""
        await self.response.write(data)

    async def half_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends the first half of an event's bytes."""
        whole = self.encoded(name, data, wire_format)
        await self.raw(whole[: len(whole) // 2])

    async def close(self, code: int | None, reason: str) -> None:
        """Ends the body in good order."""
        _ = code, reason
        if not self.over.is_set():
            self.over.set()
            await self.response.write_eof()


@attrs.define(eq=False)
class WebSocketChannel(_Channel):
    """Text frames."""

    transport: Transport = attrs.field(default="ws", init=False)
    websocket: web.WebSocketResponse

    def encoded(self, name: str, data: Any, wire_format: WireFormat) -> bytes:
        """The frame's text."""
        return wire_format.frame(name, data)

    async def send(self, data: bytes) -> None:
        """Sends one text frame."""
        await self.websocket.send_frame(data, WSMsgType.TEXT)

    async def half_event(self, name: str, data: Any, wire_format: WireFormat) -> None:
        """Sends a frame's header and the first half of what it announces."""
        text = self.encoded(name, data, wire_format)
        await self.socket(_text_frame_header(len(text)) + text[: len(text) // 2])

    async def close(self, code: int | None, reason: str) -> None:
        """Sends a close frame, without a code if `code` is None."""
        if self.over.is_set():
            return
        self.over.set()
        await self.websocket.send_frame(_close_payload(code, reason), WSMsgType.CLOSE)

    async def acknowledge_close(self) -> None:
        """Answers the client's close frame, if the client is still there to read it."""
        with contextlib.suppress(ConnectionError):
            await self.websocket.send_frame(_close_payload(1000, ""), WSMsgType.CLOSE)


def _close_payload(code: int | None, reason: str) -> bytes:
    return b"" if code is None else struct.pack("!H", code) + reason.encode()


def _text_frame_header(length: int) -> bytes:
    """FIN, opcode 1 and the length (RFC 6455 §5.2)."""
    if length < 126:
        return struct.pack("!BB", 0x81, length)
    return struct.pack("!BBH", 0x81, 126, length) if length < 1 << 16 else struct.pack("!BBQ", 0x81, 127, length)
