"""Points at which a script and a test wait for each other."""

from __future__ import annotations

import asyncio
import threading

import pytest

from aizoomdoc_client.testing import SyncPoint


async def test_any_thread_may_set_a_point_for_any_loop() -> None:
    """Waiters of two event loops and a blocked thread go on when a third thread sets the point."""
    point, waiting = SyncPoint(), threading.Barrier(3)

    async def wait() -> bool:
        asyncio.get_running_loop().call_soon(waiting.wait)
        await point.wait()
        return point.is_set()

    def set_when_all_wait() -> None:
        waiting.wait()
        point.set()

    loops = [asyncio.to_thread(asyncio.run, wait()) for _ in range(2)]
    blocked = asyncio.to_thread(point.wait_blocking)
    before = point.is_set()
    results = await asyncio.gather(*loops, blocked, asyncio.to_thread(set_when_all_wait))

    assert (False, [True, True, None, None]) == (before, results)


async def test_a_point_that_was_set_stays_set() -> None:
    """Who waits later returns at once."""
    point = SyncPoint()
    point.set()
    async with asyncio.timeout(1):
        await point.wait()
    point.wait_blocking(0)

    assert point.is_set()


def test_a_point_that_is_never_set_is_a_timeout_error() -> None:
    """A blocked thread does not wait forever."""
    with pytest.raises(TimeoutError, match="not set"):
        SyncPoint().wait_blocking(0.01)


def test_a_waiter_whose_loop_has_ended_does_not_matter() -> None:
    """A test may set a point after the loop of a cancelled waiter was closed."""
    point = SyncPoint()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(point.wait(), 0.001)

    asyncio.run(give_up())
    point.set()

    assert point.is_set()
