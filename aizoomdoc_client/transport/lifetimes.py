"""Ends what belongs to an event loop when the loop ends, so that nobody has to close anything.

A loop that ends closes the async generators that are suspended in it, and waits for them. So each loop has one here, and when
that is closed, all that is still alive in the loop is ended. One for all, and kept until then: a generator that the garbage
collector finds first is closed by a task, for which a loop that is ending has no time left.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable


class _Ending:
    """Something to be done once, whoever asks for it first."""

    def __init__(self, end: Callable[[], Awaitable[None]]) -> None:
        self._end = end
        self._task: asyncio.Task[None] | None = None

    async def done(self) -> None:
        """Does it, or waits until it is done."""
        await asyncio.wait({self.start()})

    def start(self) -> asyncio.Task[None]:
        """The task that does it; a loop that ends may have cancelled the one before."""
        if self._task is None or self._task.cancelled():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return self._task

    async def _run(self) -> None:
        await self._end()


class _Keeper:
    """All that is alive in one loop, and the generator that waits for the loop's end."""

    def __init__(self) -> None:
        self.alive = set[_Ending]()
        self._generator = self._wait()
        with contextlib.suppress(StopIteration):  # the first step never waits
            anext(self._generator).send(None)

    async def _wait(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await asyncio.gather(*(ending.done() for ending in tuple(self.alive)))
            self.alive.clear()
            _keepers.pop(asyncio.get_running_loop(), None)

    async def release(self, ending: _Ending) -> None:
        """Keeps `ending` no more; without any left, the generator ends, too."""
        self.alive.discard(ending)
        if not self.alive:
            with contextlib.suppress(RuntimeError):  # the loop's end closes it just now
                await self._generator.aclose()


_keepers: dict[asyncio.AbstractEventLoop, _Keeper] = {}


def _keeper() -> _Keeper:
    """The running loop's; those of loops that were closed without ceremony are forgotten."""
    for loop in tuple(_keepers):
        if loop.is_closed():
            _keepers.pop(loop, None)
    running = asyncio.get_running_loop()
    if running not in _keepers:
        _keepers[running] = _Keeper()
    return _keepers[running]


class Lifetime:
    """Calls `end` once: when it is told to, when the running event loop ends, or when nobody holds this object any more.

    `end` must not refer to the holder.
    """

    def __init__(self, end: Callable[[], Awaitable[None]]) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._ending = _Ending(end)
        self._keeper = _keeper()
        self._keeper.alive.add(self._ending)

    def __del__(self) -> None:
        # The last reference may go in any thread, and when the loop is closed already.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(_end_soon, self._keeper, self._ending)

    async def finish(self) -> None:
        """Ends it now; idempotent, and nothing in another loop than its own."""
        if self.loop is asyncio.get_running_loop():
            await self._ending.done()
            await self._keeper.release(self._ending)


def _end_soon(keeper: _Keeper, ending: _Ending) -> None:
    def forget(task: asyncio.Task[None]) -> None:
        if not task.cancelled():  # by a loop that ends, which will call again
            keeper.alive.discard(ending)

    if ending in keeper.alive:
        ending.start().add_done_callback(forget)
