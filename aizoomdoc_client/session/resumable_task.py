"""Work that outlives a cancelled waiter by a moment."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ResumableTask(Generic[T]):
    """Work that is begun once, however often its waiter gives up and comes back.

    Whoever waits with a time-out in a loop is cancelled and returns at once: the work goes on meanwhile. When nobody came back
    after `seconds`, it is cancelled.
    """

    def __init__(self, work: Coroutine[Any, Any, T], *, seconds: float) -> None:
        self._seconds = seconds
        self._waiters = set[asyncio.Future[None]]()
        self._task = asyncio.get_running_loop().create_task(_told(work, self._waiters))
        self._task.add_done_callback(functools.partial(_take_note, work, self._waiters))
        self._absence: asyncio.TimerHandle | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was cancelled, so that it has no result."""
        return self._task.cancelled()

    async def finished(self) -> bool:
        """Waits for the work's end, whatever it is; False when it was cancelled."""
        self._expect_waiter()
        if not self._task.done():
            await self._end()
        return not self._task.cancelled()

    def result(self) -> T:
        """What the finished work gave; raises its error."""
        return self._task.result()

    def cancel(self) -> None:
        """Ends the work at once; idempotent."""
        self._expect_waiter()
        self._task.cancel()

    async def _end(self) -> None:
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            self._absence = loop.call_later(self._seconds, self._task.cancel)
            raise
        finally:
            self._waiters.discard(waiter)

    def _expect_waiter(self) -> None:
        if self._absence is not None:
            self._absence.cancel()
            self._absence = None


async def _told(work: Coroutine[Any, Any, T], waiters: set[asyncio.Future[None]]) -> T:
    """The work; it tells its waiters in its last step, where `asyncio.wait` would tell them two rounds of the loop later."""
    try:
        return await work
    finally:
        _tell(waiters)


def _tell(waiters: set[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _take_note(work: Coroutine[Any, Any, Any], waiters: set[asyncio.Future[None]], task: asyncio.Task[Any]) -> None:
    work.close()  # cancelled before its first step, it was never begun
    _tell(waiters)
    if not task.cancelled():
        task.exception()  # perhaps nobody waits for it any more
