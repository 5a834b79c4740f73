"""A server that behaves correctly except for the attacked request, which it answers with given bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import attrs

Bytes = Callable[[], Iterable[bytes]]

CHAT = "6f1c1a52-0000-4000-8000-000000000001"
MESSAGE = "6f1c1a52-0000-4000-8000-000000000002"
_REPLIES: dict[str, dict[str, object]] = {
    "/messages": {"id": MESSAGE, "chat_id": CHAT, "role": "user", "content": "?"},
    f"/chats/{CHAT}": {"chat": {"id": CHAT, "title": "t", "user_id": "u"}, "messages": []},
    "/auth": {"access_token": "a", "token_type": "bearer", "expires_in": 3600, "user": {"id": "u", "username": "n"}},
    "/files/": {"id": CHAT, "filename": "plan.pdf", "mime_type": "application/pdf", "size_bytes": 1, "external_url": "/plan"},
    "/chats": {"id": CHAT, "title": "t", "user_id": "u", "messages": []},
}
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@attrs.frozen
class Attack:
    """The bytes that answer requests whose path ends with `path`; with `shakes` after a correct WebSocket handshake."""

    path: str
    sends: Bytes
    shakes: bool = False


@attrs.define
class Hostile:
    """The running server: its address, the current attack, and whether the attacked request was received."""

    attack: Attack
    url: str = ""
    was_reached: bool = False


@asynccontextmanager
async def attacking(attack: Attack) -> AsyncIterator[Hostile]:
    """Runs a hostile server."""
    hostile = Hostile(attack)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(field(head, b"content-length") or b"0"))
                path = head.split(b" ", 2)[1].split(b"?")[0].decode()
                if path.endswith(hostile.attack.path):
                    hostile.was_reached = True
                    await _attack(hostile.attack, head, writer)
                    return
                writer.write(response(json.dumps(answer_to(path)).encode()))
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        hostile.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield hostile


async def _attack(attack: Attack, head: bytes, writer: asyncio.StreamWriter) -> None:
    if attack.shakes:
        writer.write(handshake(head))
    for block in attack.sends():
        writer.write(block)
        await writer.drain()


def answer_to(path: str, **changes: str) -> dict[str, object]:
    """The usual response body for a path; `changes` replace fields that it has."""
    usual: dict[str, object] = next((body for part, body in _REPLIES.items() if part in path), {})
    return {name: changes.get(name, value) for name, value in usual.items()}


def handshake(head: bytes) -> bytes:
    """The correct response to a WebSocket handshake."""
    accept = base64.b64encode(hashlib.sha1(field(head, b"sec-websocket-key") + _MAGIC, usedforsecurity=False).digest())
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


def field(head: bytes, name: bytes) -> bytes:
    """A header's value; empty if it is missing."""
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((value.strip() for key, _, value in lines if key.lower() == name), b"")


def response(body: bytes, *fields: bytes, kind: bytes = b"application/json") -> bytes:
    """A whole response."""
    return opening(kind, b"Content-Length: %d" % len(body), *fields) + body


def opening(kind: bytes, *fields: bytes) -> bytes:
    """The head of a response; without more fields its body ends with the connection."""
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Type: " + kind, *fields, b"", b""])


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, flags: int = 0) -> bytes:
    """An unmasked WebSocket frame."""
    size = len(payload)
    length = (
        bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x7f" + size.to_bytes(8, "big")
    )
    return bytes([(0x80 if final else 0) | flags | opcode]) + length + payload
