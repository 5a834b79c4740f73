"""Work that outlives a cancelled waiter by a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lingering(Generic[T]):
    """Work that is begun once, however often its waiter gives up and comes back.

    Whoever waits with a time-out in a loop is cancelled and returns at once: the work goes on meanwhile. When nobody came back
    after `seconds`, it is cancelled.
    """

    def __init__(self, work: Coroutine[Any, Any, T], *, seconds: float) -> None:
        self._seconds = seconds
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(_take_note)
        self._absence: asyncio.TimerHandle | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was cancelled, so that it has no result."""
        return self._task.cancelled()

    async def finished(self) -> bool:
        """Waits for the work's end, whatever it is; False when it was cancelled."""
        self._expect_waiter()
        try:
            await asyncio.wait({self._task})
        except asyncio.CancelledError:
            self._absence = asyncio.get_running_loop().call_later(self._seconds, self._task.cancel)
            raise
        return not self._task.cancelled()

    def result(self) -> T:
        """What the finished work gave; raises its error."""
        return self._task.result()

    def cancel(self) -> None:
        """Ends the work at once; idempotent."""
        self._expect_waiter()
        self._task.cancel()

    def _expect_waiter(self) -> None:
        if self._absence is not None:
            self._absence.cancel()
            self._absence = None


def _take_note(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # perhaps nobody waits for it any more
