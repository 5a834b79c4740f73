"""A task that survives the cancellation of its waiter for a limited time."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

RETURN_SECONDS = 1.0
"""Seconds within which a caller that was cancelled, by a time-out of its own for example, can wait again or read on."""


class ResumableTask(Generic[T]):
    """Work that is started once, however often its waiter is cancelled and waits again.

    Code that waits with a time-out in a loop is cancelled and soon waits again; the work continues in between. It is cancelled
    when its last waiter was cancelled and none waits again within `seconds`.
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

    async def wait(self) -> bool:
        """Waits for the end of the work, be it a failure, which `result` raises; False when the work was cancelled."""
        self._cancel_expiry()
        if not self._task.done():
            await self._wait_for_end()
        return not self._task.cancelled()

    def result(self) -> T:
        """What the finished work returned; raises its error."""
        return self._task.result()

    def cancel(self) -> None:
        """Ends the work at once; idempotent."""
        self._cancel_expiry()
        self._task.cancel()

    async def _wait_for_end(self) -> None:
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
        _wake(waiters)


def _wake(waiters: set[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _on_done(work: Coroutine[Any, Any, Any], waiters: set[asyncio.Future[None]], task: asyncio.Task[Any]) -> None:
    work.close()  # a coroutine that was cancelled before its first step
    _wake(waiters)
    if not task.cancelled():
        task.exception()  # marks it as retrieved: there may be no waiter left
