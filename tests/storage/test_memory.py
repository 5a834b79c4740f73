"""The store in memory, and the lock between the event loops of a process, which all stores use."""

from __future__ import annotations

import asyncio
import threading

from aizoomdoc_client.storage import MemoryTokenStore
from aizoomdoc_client.storage.locks import CrossLoopLock
from tests.storage.samples import KEY, OTHER_KEY, TOKENS, run


def test_what_is_saved_is_loaded() -> None:
    """A key has the tokens saved under it, and none before saving and after deleting."""
    store = MemoryTokenStore()
    before = store.load(KEY)
    store.save(KEY, TOKENS)
    saved, other = store.load(KEY), store.load(OTHER_KEY)
    store.delete(KEY)
    store.delete(OTHER_KEY)

    assert [None, TOKENS, None, None] == [before, saved, other, store.load(KEY)]


def test_the_lock_works_across_event_loops() -> None:
    """Of many tasks in the loops of several threads one at a time holds a key's lock, and each gets it."""
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
    """The lock of one key can be taken while that of another key is held."""
    store = MemoryTokenStore()

    async with asyncio.timeout(5), store.lock(KEY), store.lock(OTHER_KEY):
        pass


async def test_the_lock_is_acquired_in_the_order_of_asking() -> None:
    """Waiters get the lock in the order in which they asked for it; a cancelled one is skipped."""
    lock = CrossLoopLock()
    order: list[int] = []

    async def take(number: int) -> None:
        async with lock:
            order.append(number)

    async with lock:
        tasks = [asyncio.create_task(take(number)) for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
    await asyncio.gather(*tasks, return_exceptions=True)

    assert [0, 2, 3] == order


async def test_a_waiter_cancelled_on_acquiring_releases_the_lock() -> None:
    """A task that is cancelled after it was given the lock and before it runs again does not keep it."""
    lock = CrossLoopLock()
    async with lock:
        waiter = asyncio.create_task(lock.__aenter__())
        await asyncio.sleep(0)
    waiter.cancel()
    outcome = await asyncio.gather(waiter, return_exceptions=True)

    async with asyncio.timeout(5), lock:
        assert [asyncio.CancelledError] == [type(error) for error in outcome]


async def test_the_lock_is_released_by_an_error() -> None:
    """A task that fails or is cancelled inside the lock releases it."""
    lock = CrossLoopLock()

    async def hold() -> None:
        async with lock:
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)

    async with asyncio.timeout(5), lock:
        pass


def test_the_lock_is_released_by_a_task_that_never_resumes() -> None:
    """A holder whose loop ended releases the lock when its coroutine is closed or garbage-collected."""
    lock = CrossLoopLock()

    async def hold() -> None:
        async with lock:
            await asyncio.sleep(0)

    left = hold()
    left.send(None)
    left.close()

    asyncio.run(asyncio.wait_for(lock.__aenter__(), 5))


def test_a_lock_held_at_a_fork_is_free_in_the_child() -> None:
    """A forked child does not wait for a task of its parent."""
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
