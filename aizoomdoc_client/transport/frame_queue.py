"""Frames between a socket and a reader: taken in as they come, handed out in batches, bounded in bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

FRAME_COST = 64
"""Bytes that a waiting frame takes beside its own: a flood of empty ones must fill the queue, too."""
BATCH = 256
"""The most frames that are handed out at once, so that one busy stream does not hold the event loop."""


class FrameQueue:
    """Waiting frames of one connection; beyond `limit` bytes the socket is no longer read, until they were taken.

    Whoever reads the socket appends whole messages to `waiting`, and says after each read that they have `arrived`. The first
    one is handed out by itself, so that it need not wait until those that came with it are read, too.
    """

    def __init__(self, limit: int, *, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._limit = limit
        self._pause, self._resume = pause, resume
        self.waiting: list[bytes] = []
        # What the first so many of them take.
        self._counted = self._bytes = 0
        self._most = 1
        # One piece of memory, however many fragments come: a list of a million empty ones would be far larger than the limit.
        self._fragments: bytearray | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.is_paused: bool = False
        self._is_discarding = False
        self._is_over = False

    def arrived(self) -> None:
        """The messages of one read are all here."""
        self._count()
        if self._bytes > self._limit:
            self._hold_back()
        if self.waiting:
            self._wake()

    def append_fragment(self, fragment: bytes, *, is_last: bool) -> None:
        """Takes a fragment of a message, or a whole one that came in one."""
        if self._is_discarding:
            return
        if self._fragments is None:
            self._fragments = bytearray()
        self._fragments += fragment
        if is_last:
            message, self._fragments = bytes(self._fragments), None
            self.waiting.append(message)

    @property
    def fragment_bytes(self) -> int:
        """The size of a message of which not all fragments are there."""
        return len(self._fragments or b"")

    def end(self) -> None:
        """The connection is lost: nothing more comes."""
        self._is_over = True
        self._wake()

    def discard(self) -> None:
        """Throws away what waits and what still comes: nobody will read it, but the closing handshake stands behind it."""
        self._is_discarding = True
        self._limit = 0
        self._forget()
        self._read_on()

    async def get(self) -> list[bytes]:
        """The next frames, in order; none after the end."""
        while not self.waiting:
            if self._is_over:
                return []
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._count()
        taken = self.waiting[: self._most]
        del self.waiting[: self._most]
        self._most = BATCH
        self._counted -= len(taken)
        self._bytes = self._bytes - _cost(taken) if self.waiting else 0
        if self._bytes <= self._limit // 4:
            self._read_on()
        return taken

    def _count(self) -> None:
        new = self.waiting[self._counted :]
        self._counted += len(new)
        self._bytes += _cost(new)

    def _forget(self) -> None:
        self.waiting.clear()
        self._counted = self._bytes = 0

    def _hold_back(self) -> None:
        if self._is_discarding:
            self._forget()
        elif not self.is_paused:
            self.is_paused = True
            self._pause()

    def _read_on(self) -> None:
        if self.is_paused and not self._is_over:
            self.is_paused = False
            self._resume()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _cost(frames: list[bytes]) -> int:
    return sum(map(len, frames)) + FRAME_COST * len(frames)
