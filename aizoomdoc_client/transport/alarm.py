"""Time limits of many requests by one timer: a limit that holds costs next to nothing."""

from __future__ import annotations

import asyncio
import math
from types import TracebackType

import attrs


class Alarm:
    """Ends what takes too long in the running event loop.

    Nearly all requests are over long before their time is up, and a timer of its own for each would cost more than all else that
    is done for it in this room. So there is one timer, armed anew only when it rings or has to ring earlier.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running = set[Limit]()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def after(self, seconds: float) -> Limit:
        """``with alarm.after(seconds):`` raises `TimeoutError` in a block that takes longer; infinite `seconds` bound nothing."""
        return Limit(self, self._loop.time() + seconds)

    def watch(self, limit: Limit) -> None:
        """Ends the limit's block when its time is up."""
        self._running.add(limit)
        if limit.due < self._rings_at:
            self._arm(limit.due)

    def forget(self, limit: Limit) -> None:
        """The limit's block is over."""
        self._running.discard(limit)

    def _arm(self, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if moment == math.inf else self._loop.call_at(moment, self._ring)
        self._rings_at = moment

    def _ring(self) -> None:
        now = self._loop.time()
        for limit in [limit for limit in self._running if limit.due <= now]:
            self._running.discard(limit)
            limit.end()
        self._arm(min((limit.due for limit in self._running), default=math.inf))


@attrs.define(eq=False)
class Limit:
    """One block of one task, and when it ends by the loop's clock; as with `asyncio.timeout`, others' cancellations stay such."""

    _alarm: Alarm
    due: float
    _task: asyncio.Task[object] | None = attrs.field(default=None, init=False)
    _cancelled_before: int = attrs.field(default=0, init=False)
    _is_up: bool = attrs.field(default=False, init=False)

    def __enter__(self) -> None:
        self._task = task = asyncio.current_task()
        assert task is not None  # aiohttp asks for one, too
        self._cancelled_before = task.cancelling()
        self._alarm.watch(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._alarm.forget(self)
        if self._is_up and self._task is not None:
            is_ours_alone = self._task.uncancel() <= self._cancelled_before
            if is_ours_alone and isinstance(error, asyncio.CancelledError):
                raise TimeoutError from None

    def end(self) -> None:
        """Its time is up."""
        if self._task is not None:
            self._is_up = self._task.cancel()
