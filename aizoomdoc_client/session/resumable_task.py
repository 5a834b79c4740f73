"""A task that survives the cancellation of its waiter for a limited time."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ResumableTask(Generic[T]):
    """Work that is started once, however often its waiter is cancelled and waits again.

    Code that waits with a time-out in a loop is cancelled and soon waits again; the work continues in between. If nobody waits
    any more, and no waiter returns within `seconds`, the work is cancelled.
    """

    def __init__(self, work: Coroutine[Any, Any, T], *, seconds: float) -> None:
        self._seconds = seconds
        self._waiters = set[asyncio.Future[None]]()
        self._task = asyncio.get_running_loop().create_task(_run_and_notify(work, self._waiters))
        self._task.add_done_callback(functools.partial(_on_done, work, self._waiters))
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was cancelled, so that it has no result."""
        return self._task.cancelled()

    async def finished(self) -> bool:
        """Waits for the end of the work, including a failure; False when it was cancelled."""
        self._cancel_expiry()
        if not self._task.done():
            await self._end()
        return not self._task.cancelled()

    def result(self) -> T:
        """What the finished work gave; raises its error."""
        return self._task.result()

    def cancel(self) -> None:
        """Ends the work at once; idempotent."""
        self._cancel_expiry()
        self._task.cancel()

    async def _end(self) -> None:
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if self._waiters == {waiter}:
                self._expiry = loop.call_later(self._seconds, self._task.cancel)
            raise
        finally:
            self._waiters.discard(waiter)

    def _cancel_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None


async def _run_and_notify(work: Coroutine[Any, Any, T], waiters: set[asyncio.Future[None]]) -> T:
    """The work; its last step wakes the waiters directly, which saves two loop iterations over `asyncio.wait`."""
    try:
        return await work
    finally:
        _tell(waiters)


def _tell(waiters: set[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _on_done(work: Coroutine[Any, Any, Any], waiters: set[asyncio.Future[None]], task: asyncio.Task[Any]) -> None:
    work.close()  # a coroutine that was cancelled before its first step
    _tell(waiters)
    if not task.cancelled():
        task.exception()  # marks it as retrieved: there may be no waiter left
