"""A queue of received frames, bounded in bytes, which returns them in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import msgspec

FRAME_OVERHEAD = 64
"""Bytes that each frame counts in addition to its size, so that empty frames fill the queue, too."""
BATCH = 256
"""How many frames are returned at once at most, so that one busy stream does not block the event loop for long."""
MAX_HEARTBEAT = 125
"""The longest message in bytes that may be a heartbeat."""
HEARTBEATS = frozenset({"ping", "pong", "heartbeat", "hb", "keepalive", "keep-alive", "keep_alive", "noop"})


class FrameQueue:
    """The received frames of one connection; reading is paused while they take more than `limit` bytes.

    The connection calls `append`, and `on_read` after each read of the socket; it may append messages longer than `MAX_HEARTBEAT`
    to `waiting` itself. The first message is returned without those of the same read, so that it is processed before they are.
    """

    def __init__(self, limit: int, *, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._limit = limit
        self._pause, self._resume = pause, resume
        self.waiting: list[bytes] = []
        # `_bytes` is the cost of the first `_counted` of them.
        self._counted = self._bytes = 0
        self._max_batch = 1
        # One buffer for all fragments, because a list of a million empty ones would take far more memory than the limit.
        self._fragments: bytearray | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.is_paused: bool = False
        self._has_ended = False

    def on_read(self) -> None:
        """Counts the messages of one read of the socket, pauses reading if they exceed the limit, and wakes the reader."""
        self._count()
        if self._bytes > self._limit:
            self._on_limit_exceeded()
        if self.waiting:
            self._wake()

    def append(self, message: bytes) -> None:
        """Adds a whole message; drops a heartbeat, by which servers and proxies keep a connection open."""
        if len(message) > MAX_HEARTBEAT or not is_heartbeat(message):
            self.waiting.append(message)

    def append_fragment(self, fragment: bytes, *, is_last: bool) -> None:
        """Adds a fragment of a message; with `is_last` the message is complete."""
        if self._fragments is None:
            self._fragments = bytearray()
        self._fragments += fragment
        if is_last:
            message, self._fragments = bytes(self._fragments), None
            self.append(message)

    @property
    def fragment_bytes(self) -> int:
        """The size of the fragments of a message that is not complete."""
        return len(self._fragments or b"")

    def end(self) -> None:
        """Marks the last frame as received, and wakes the reader; idempotent."""
        self._has_ended = True
        self._wake()

    async def get(self) -> list[bytes]:
        """The next frames in order; waits for them, and returns none after the end."""
        while not self.waiting:
            if self._has_ended:
                return []
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._count()
        taken = self.waiting[: self._max_batch]
        del self.waiting[: self._max_batch]
        self._max_batch = BATCH
        self._counted -= len(taken)
        self._bytes = self._bytes - _cost(taken) if self.waiting else 0
        if self._bytes <= self._limit // 4:
            self._resume_reading()
        return taken

    def _count(self) -> None:
        new = self.waiting[self._counted :]
        self._counted += len(new)
        self._bytes += _cost(new)

    def _on_limit_exceeded(self) -> None:
        if not self.is_paused:
            self.is_paused = True
            self._pause()

    def _resume_reading(self) -> None:
        if self.is_paused and not self._has_ended:
            self.is_paused = False
            self._resume()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _cost(frames: list[bytes]) -> int:
    return sum(map(len, frames)) + FRAME_OVERHEAD * len(frames)


def is_heartbeat(message: bytes) -> bool:
    """Whether a short message carries no event: blank, a word such as ``ping``, or an object with it, as ``{"type": "ping"}``."""
    if b'"event"' in message:
        return False
    word = message.strip().lower()
    if not word or _is_word(word.decode("utf-8", "replace")):
        return True
    try:
        content: Any = msgspec.json.decode(word)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if isinstance(content, dict):
        fields = cast("dict[str, Any]", content)
        return not fields or any(map(_is_word, (*fields, *fields.values())))
    return _is_word(content)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value in HEARTBEATS
