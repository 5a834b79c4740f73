"""Claims about the time limits of requests: they hold as `asyncio.timeout` does, by one timer for all."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest

from aizoomdoc_client.transport.alarm import Alarm


class Clock:
    """The running loop's time, which can be put forward, and the timers that were asked of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._ahead, time, call_at = 0.0, loop.time, loop.call_at
        self.timers: list[float] = []

        def counted(when: float, callback: Callable[..., object], *arguments: Any) -> asyncio.TimerHandle:
            self.timers.append(when)
            return call_at(when, callback, *arguments)

        monkeypatch.setattr(loop, "time", lambda: time() + self._ahead)
        monkeypatch.setattr(loop, "call_at", counted)

    async def pass_by(self, seconds: float) -> None:
        """Lets so much time go by, and whoever waited for it go on."""
        self._ahead += seconds
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def endless(alarm: Alarm, seconds: float) -> str:
    """What becomes of a block that never ends by itself."""
    try:
        with alarm.after(seconds):
            await asyncio.get_running_loop().create_future()
    except TimeoutError:
        return "its time was up"
    return "it ended"


async def test_a_block_that_takes_too_long_ends_with_a_time_out(clock: Clock) -> None:
    """Not before its time, and its task is not left cancelled."""
    task = asyncio.create_task(endless(Alarm(), 60.0))
    await clock.pass_by(0.0)
    await clock.pass_by(59.0)
    before = task.done()
    await clock.pass_by(1.0)
    assert (False, "its time was up", 0) == (before, await task, task.cancelling())


async def test_limits_that_hold_share_one_timer(clock: Clock) -> None:
    """A request that is over in time arms nothing."""
    alarm = Alarm()
    for _ in range(100):
        with alarm.after(60.0):
            await asyncio.sleep(0)
    assert 1 == len(clock.timers)


async def test_a_bell_that_rings_for_nobody_is_not_armed_again(clock: Clock) -> None:
    """An idle client does not wake its loop again and again; its next request is bounded all the same."""
    alarm = Alarm()
    with alarm.after(60.0):
        await asyncio.sleep(0)
    await clock.pass_by(61.0)
    armed = len(clock.timers)
    task = asyncio.create_task(endless(alarm, 60.0))
    await clock.pass_by(0.0)
    await clock.pass_by(60.0)
    assert (1, 2, "its time was up") == (armed, len(clock.timers), await task)


@pytest.mark.parametrize("order", [(10.0, 60.0), (60.0, 10.0)], ids=["shorter first", "longer first"])
async def test_each_limit_ends_at_its_own_time(clock: Clock, order: tuple[float, float]) -> None:
    """In whatever order they began."""
    alarm = Alarm()
    tasks = {seconds: asyncio.create_task(endless(alarm, seconds)) for seconds in order}
    await clock.pass_by(0.0)
    await clock.pass_by(10.0)
    after_ten = (tasks[10.0].done(), tasks[60.0].done())
    await clock.pass_by(50.0)
    assert ((True, False), True) == (after_ten, tasks[60.0].done())


async def test_an_infinite_limit_bounds_nothing(clock: Clock) -> None:
    """An upload takes as long as the line needs."""
    task = asyncio.create_task(endless(Alarm(), math.inf))
    await clock.pass_by(0.0)
    await clock.pass_by(1e9)
    assert ([], False) == (clock.timers, task.done())
    task.cancel()


async def test_a_cancellation_by_others_is_no_time_out(clock: Clock) -> None:
    """Whoever cancels a call sees it cancelled."""
    task = asyncio.create_task(endless(Alarm(), 60.0))
    await clock.pass_by(0.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_in_the_moment_when_time_is_up_stays_one(clock: Clock) -> None:
    """It would be lost if a time-out took its place."""
    task = asyncio.create_task(endless(Alarm(), 60.0))
    await clock.pass_by(0.0)
    asyncio.get_running_loop().call_soon(task.cancel)
    await clock.pass_by(60.0)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_block_is_raised_although_its_time_is_up(clock: Clock) -> None:
    """A refusal that was received says more than a time-out."""
    alarm = Alarm()

    async def refused() -> None:
        with alarm.after(60.0):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                raise ValueError("refused") from None

    task = asyncio.create_task(refused())
    await clock.pass_by(0.0)
    await clock.pass_by(60.0)
    with pytest.raises(ValueError, match="refused"):
        await task
    assert 0 == task.cancelling()
