"""One connection: as much of HTTP/1.1 and WebSocket as the measured clients use."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qs

import attrs

from .. import wire
from . import replies
from .sync_points import SyncPoints

NEW_CHATS_STREAM = "small-50"
"""The answer in chats that a contender makes itself."""
_FIXED: Mapping[tuple[str, ...], bytes] = {
    ("GET", "health"): replies.HEALTH,
    ("GET", "me"): replies.ME,
    ("POST", "auth", "exchange"): replies.SESSION,
}


@attrs.frozen
class Request:
    """A request without its body."""

    method: str
    path: tuple[str, ...]
    query: str
    headers: Mapping[str, str]


class Connection(asyncio.Protocol):
    """Answers requests; of a body only the size is kept."""

    def __init__(self, sync_points: SyncPoints) -> None:
        self._sync_points = sync_points
        self._buffer = bytearray()
        self._request: Request | None = None
        self._body_left = self._body_size = 0
        self._is_websocket = self._is_closed = False
        self._drained: asyncio.Future[None] | None = None

    # Called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._is_closed = True
        self.resume_writing()

    def pause_writing(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._body_left > len(data):  # the middle of an upload needs no copy
            self._body_left -= len(data)
            return
        self._buffer += data
        while self._advance():
            pass

    # Called by the sync points

    def write(self, data: bytes) -> None:
        """Sends `data`, or buffers what the socket does not take; nothing once the connection is closed."""
        if not self._is_closed:
            self._transport.write(data)

    async def drain(self) -> None:
        """Waits until the buffer is below its high-water mark."""
        if self._drained is not None:
            await self._drained

    # Parsing and answering

    def _advance(self) -> bool:
        """Handles the next request or frame; False when it is not complete yet."""
        if self._is_websocket:
            return self._take_frame()
        if self._request is None and not self._take_head():
            return False
        skipped = min(self._body_left, len(self._buffer))
        del self._buffer[:skipped]
        self._body_left -= skipped
        if self._body_left:
            return False
        request, self._request = self._request, None
        assert request is not None
        self._answer(request)
        return True

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        self._request = request = _head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        self._body_left = self._body_size = int(request.headers.get("content-length", 0))
        if request.headers.get("expect", "").lower() == "100-continue":
            self._transport.write(replies.CONTINUE)
        return True

    def _answer(self, request: Request) -> None:
        match (request.method, *request.path):
            case ("GET", "chats", chat, "stream"):
                self._stream(chat, request.headers)
            case ("GET", "sync-points", name):
                self._sync_points.release(name)
            case ("POST", "openai" | "anthropic" as peer, *_):
                chat = parse_qs(request.query)["stream"][0]
                self._event_stream(chat, (wire.openai if peer == "openai" else wire.anthropic)(_stream_name(chat)))
            case _:
                self._transport.write(_reply(request, self._body_size))

    def _stream(self, chat: str, headers: Mapping[str, str]) -> None:
        name = _stream_name(chat)
        is_stamped = name.startswith("stamped")
        if "upgrade" not in headers:
            if is_stamped:
                self._transport.write(replies.EVENT_STREAM)
                self._sync_points.stamp(_sync_point(chat), self, wire.stamped(name, is_websocket=False))
            else:
                self._event_stream(chat, wire.eventsource(name))
            return
        self._is_websocket = True
        handshake = _handshake(headers["sec-websocket-key"])
        if name.startswith("paced"):
            self._transport.write(handshake)
            self._sync_points.pace(self, wire.paced(name))
        elif is_stamped:
            self._transport.write(handshake)
            self._sync_points.stamp(_sync_point(chat), self, wire.stamped(name, is_websocket=True))
        else:
            script = wire.websocket(name)
            self._transport.write(handshake + script.head)
            self._sync_points.wait(_sync_point(chat), self, script.parts)

    def _event_stream(self, chat: str, script: wire.Script) -> None:
        self._transport.write(replies.EVENT_STREAM + script.head)
        self._sync_points.wait(_sync_point(chat), self, script.parts)

    def _take_frame(self) -> bool:
        """Answers a ping or a close of the client, whose frames are masked and short (RFC 6455 §5.2)."""
        if len(self._buffer) < 2 or len(self._buffer) < (size := 6 + (self._buffer[1] & 0x7F)):
            return False
        code, mask = self._buffer[0] & 0x0F, self._buffer[2:6]
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(self._buffer[6:size]))
        del self._buffer[:size]
        if code == 0x9:
            self.write(bytes([0x8A, len(payload)]) + payload)
        elif code == 0x8:
            self.write(bytes([0x88, len(payload)]) + payload)
            self._transport.close()
        return True


def _reply(request: Request, body_size: int) -> bytes:
    """The response to a request that is not about a stream."""
    match (request.method, *request.path):
        case ("POST", "files", "upload"):
            return replies.uploaded(body_size)
        case ("POST", "files", "upload-for-llm"):
            return replies.copied(body_size)
        case ("POST", "chats"):
            return replies.chat(NEW_CHATS_STREAM)
        case ("GET", "chats", chat):
            return replies.history(chat)
        case ("POST", "chats", chat, "messages"):
            return replies.message(chat)
        case endpoint:
            return _FIXED.get(endpoint, replies.NOT_FOUND)


@functools.lru_cache(maxsize=1024)
def _head(head: bytes) -> Request:
    """The parsed request; cached, since contenders repeat the same few requests and parsing them is not their time."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    path, _, query = target.partition("?")
    return Request(method, tuple(path.strip("/").split("/")), query, headers)


def _stream_name(chat: str) -> str:
    """The stream that a chat's id asks for: ``stream.sync_point.number``."""
    return chat.partition(".")[0]


def _sync_point(chat: str) -> str:
    return (*chat.split("."), "")[1]


def _handshake(key: str) -> bytes:
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    accept = base64.b64encode(digest).decode()
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
