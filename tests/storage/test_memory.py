"""The store in memory, and the lock within one process that all stores build on."""

from __future__ import annotations

import asyncio
import threading

from aizoomdoc_client.storage import MemoryTokenStore
from aizoomdoc_client.storage.locks import CrossLoopLock
from tests.storage.samples import KEY, OTHER_KEY, TOKENS, run


def test_what_is_saved_is_loaded() -> None:
    """A key has what was saved under it, and nothing before and after."""
    store = MemoryTokenStore()
    before = store.load(KEY)
    store.save(KEY, TOKENS)
    saved, other = store.load(KEY), store.load(OTHER_KEY)
    store.delete(KEY)
    store.delete(OTHER_KEY)

    assert [None, TOKENS, None, None] == [before, saved, other, store.load(KEY)]


def test_the_lock_serves_threads_with_their_own_loops() -> None:
    """Of many tasks in several loops and threads one holds a key's lock at a time, and each gets it."""
    store = MemoryTokenStore()
    inside: list[int] = []
    seen: list[int] = []

    async def once(number: int) -> None:
        async with store.lock(KEY):
            inside.append(number)
            await asyncio.sleep(0)
            seen.append(len(inside))
            inside.pop()

    async def many() -> None:
        await asyncio.gather(*map(once, range(50)))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert [1] * 200 == seen


async def test_two_keys_do_not_wait_for_each_other() -> None:
    """The lock of one key is free while another's is held."""
    store = MemoryTokenStore()

    async with asyncio.timeout(5), store.lock(KEY), store.lock(OTHER_KEY):
        pass


async def test_the_lock_is_given_in_the_order_of_asking() -> None:
    """Waiters get the lock one after another as they came; one that was cancelled is passed over."""
    turns = CrossLoopLock()
    order: list[int] = []

    async def take(number: int) -> None:
        async with turns:
            order.append(number)

    async with turns:
        tasks = [asyncio.create_task(take(number)) for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
    await asyncio.gather(*tasks, return_exceptions=True)

    assert [0, 2, 3] == order


async def test_a_waiter_cancelled_at_its_turn_passes_the_lock_on() -> None:
    """Cancelled between being given the lock and waking up, a task does not keep it."""
    turns = CrossLoopLock()
    async with turns:
        waiter = asyncio.create_task(turns.__aenter__())
        await asyncio.sleep(0)
    waiter.cancel()
    outcome = await asyncio.gather(waiter, return_exceptions=True)

    async with asyncio.timeout(5), turns:
        assert [asyncio.CancelledError] == [type(error) for error in outcome]


async def test_the_lock_is_released_by_an_error() -> None:
    """A task that fails or is cancelled inside the lock releases it."""
    turns = CrossLoopLock()

    async def hold() -> None:
        async with turns:
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)

    async with asyncio.timeout(5), turns:
        pass


def test_the_lock_is_released_by_a_task_thrown_away() -> None:
    """A holder whose loop ended without it releases the lock when it is collected."""
    turns = CrossLoopLock()

    async def hold() -> None:
        async with turns:
            await asyncio.sleep(0)

    left = hold()
    left.send(None)
    left.close()

    asyncio.run(asyncio.wait_for(turns.__aenter__(), 5))


def test_a_forked_child_does_not_wait_for_its_parent() -> None:
    """A lock held at the moment of a fork is free in the child."""
    source = """
store, key = MemoryTokenStore(), TokenKey("s", "u")

async def take():
    async with asyncio.timeout(5), store.lock(key):
        os._exit(7)

asyncio.run(store.lock(key).__aenter__())
child = os.fork()
if not child:
    asyncio.run(take())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert "7" == run(source)
