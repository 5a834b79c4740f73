"""`ResumableTask`: work that continues without waiters."""

from __future__ import annotations

import asyncio

import pytest

from aizoomdoc_client.session.resumable_task import ResumableTask
from tests.faults.clock import owned_clock, rounds


async def test_a_later_waiter_gets_the_same_work() -> None:
    """A waiter that is cancelled leaves the work running, and the next one gets its result."""
    gate, begun = asyncio.Event(), list[str]()

    async def work() -> str:
        begun.append("once")
        await gate.wait()
        return "done"

    resumable = ResumableTask(work(), seconds=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await resumable.wait()
    gate.set()

    assert (True, "done", ["once"]) == (await resumable.wait(), resumable.result(), begun)


async def test_cancelling_a_waiter_does_not_affect_the_others() -> None:
    """Of two waiters one is cancelled; the work goes on as long as the other waits, which is notified of the end."""
    gate = asyncio.Event()
    with owned_clock() as clock:
        resumable = ResumableTask(gate.wait(), seconds=1)
        first, second = (asyncio.create_task(resumable.wait()) for _ in range(2))
        await rounds()
        first.cancel()
        await asyncio.wait({first})
        clock.advance(60)
        await rounds()
        gate.set()

        assert (True, True) == (first.cancelled(), await second)


async def test_abandoned_work_is_cancelled() -> None:
    """After the given time the work is cancelled, and a late waiter gets that."""
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    resumable = ResumableTask(work(), seconds=0)
    waiter = asyncio.create_task(resumable.wait())
    await asyncio.sleep(0)
    waiter.cancel()
    await ended.wait()

    assert (False, True) == (await resumable.wait(), resumable.is_cancelled)


async def test_waiters_of_work_cancelled_before_its_first_step_are_notified() -> None:
    """Its waiter is notified, and no coroutine is left unawaited."""

    async def work() -> None:
        raise AssertionError("it was begun")

    resumable = ResumableTask(work(), seconds=60)
    resumable.cancel()

    assert not await resumable.wait()


async def test_an_error_is_raised_by_the_result_only() -> None:
    """Waiting for the end does not raise the work's error."""

    async def work() -> None:
        raise LookupError("lost")

    resumable = ResumableTask(work(), seconds=60)

    assert await resumable.wait()
    with pytest.raises(LookupError, match="lost"):
        resumable.result()


async def test_a_waiter_that_came_back_may_wait_for_longer() -> None:
    """The time in which a waiter may come back ends when it does; it begins again when it is cancelled again."""
    gate = asyncio.Event()
    with owned_clock() as clock:
        resumable = ResumableTask(gate.wait(), seconds=1)
        for _ in range(3):
            waiter = asyncio.create_task(resumable.wait())
            await rounds()
            waiter.cancel()
            await asyncio.wait({waiter})
            clock.advance(0.6)
        waiter = asyncio.create_task(resumable.wait())
        await rounds()
        clock.advance(60)
        await rounds()
        gate.set()

        assert (True, True) == (await waiter, resumable.result())
