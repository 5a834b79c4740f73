"""The queue for answers: a number of slots, and a bounded first-in, first-out queue of requests that wait for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from ...events import QueuePosition

Report = Callable[[QueuePosition], Awaitable[None]]

_INITIAL_MEAN_SECONDS = 5.0  # assumed duration of an answer, before one was measured
_DECAY = 0.8  # the weight of the mean so far against the newest duration


class AnswerQueueFullError(Exception):
    """The queue is full: `waiting` requests are in it."""

    def __init__(self, waiting: int) -> None:
        super().__init__(waiting)
        self.waiting = waiting


class AnswerQueueTimeoutError(Exception):
    """No slot came free in time."""


class AnswerQueue:
    """Limits concurrent answers to `slots`; at most `size` callers wait for a slot, each at most `timeout` seconds."""

    def __init__(self, slots: int, size: int, timeout: float, *, interval: float = 2.0) -> None:
        self._slots = slots
        self._size = size
        self._timeout = timeout
        self._interval = interval
        self._active = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._mean_seconds = _INITIAL_MEAN_SECONDS

    @asynccontextmanager
    async def slot(self, report: Report) -> AsyncGenerator[None, None]:
        """Holds a slot inside of the block; while waiting, `report` gets the position at once and every `interval` seconds.

        Raises `AnswerQueueFullError` or `AnswerQueueTimeoutError`.
        """
        if self._active < self._slots:
            self._active += 1
        else:
            await self._wait(report)
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            yield
            self._mean_seconds = _DECAY * self._mean_seconds + (1 - _DECAY) * (clock() - started)
        finally:
            self._release()

    async def _wait(self, report: Report) -> None:
        if len(self._waiting) >= self._size:
            raise AnswerQueueFullError(len(self._waiting))
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._timeout):
                while not waiter.done():
                    await report(self._position(waiter))
                    await asyncio.wait({waiter}, timeout=self._interval)
        except BaseException as error:
            self._leave(waiter)
            if isinstance(error, TimeoutError):
                raise AnswerQueueTimeoutError from None
            raise

    def _leave(self, waiter: asyncio.Future[None]) -> None:
        """Leaves the queue; a slot that the waiter was given at the same moment passes to the next one."""
        if waiter.done():
            self._release()
        else:
            waiter.cancel()
            self._waiting.remove(waiter)

    def _release(self) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._active -= 1

    def _position(self, waiter: asyncio.Future[None]) -> QueuePosition:
        position = self._waiting.index(waiter) + 1
        return QueuePosition(
            position=position,
            estimated_wait_seconds=round(self._mean_seconds * position / self._slots, 1),
            active_requests=self._active,
            queue_size=len(self._waiting),
        )
