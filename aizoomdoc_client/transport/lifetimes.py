"""Closes resources when their event loop shuts down, so that callers need not close them.

At its end `asyncio.run` closes the async generators that are suspended in the loop, and waits for them. So each loop has one such
generator here, which closes all resources of the loop when it is closed itself. A reference to it is kept until then, because a
generator that is garbage-collected before is closed by a new task, which a loop that shuts down does not run any more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable


class _Shutdown:
    """Calls a function at most once, in a task."""

    def __init__(self, end: Callable[[], Awaitable[None]]) -> None:
        self._end = end
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Calls the function, or waits for the call that is running."""
        await asyncio.wait({self.start()})

    def start(self) -> asyncio.Task[None]:
        """The task that calls the function, a new one if the loop has cancelled the previous one while shutting down."""
        if self._task is None or self._task.cancelled():
            self._task = asyncio.get_running_loop().create_task(self._call())
        return self._task

    async def _call(self) -> None:
        await self._end()


class _Registry:
    """The resources of one loop that are not closed yet, and the generator that is closed when the loop shuts down."""

    def __init__(self) -> None:
        self.shutdowns = set[_Shutdown]()
        self._generator = self._wait()
        with contextlib.suppress(StopIteration):  # the first step runs to the `yield` without suspending
            anext(self._generator).send(None)

    async def _wait(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await asyncio.gather(*(shutdown.run() for shutdown in tuple(self.shutdowns)))
            self.shutdowns.clear()
            _registries.pop(asyncio.get_running_loop(), None)

    async def remove(self, shutdown: _Shutdown) -> None:
        """Removes `shutdown`; closes the generator if it was the last one."""
        self.shutdowns.discard(shutdown)
        if not self.shutdowns:
            with contextlib.suppress(RuntimeError):  # the loop is closing it already
                await self._generator.aclose()


_registries: dict[asyncio.AbstractEventLoop, _Registry] = {}


def _registry() -> _Registry:
    """The registry of the running loop; removes those of loops that were closed without shutting down their async generators."""
    for loop in tuple(_registries):
        if loop.is_closed():
            _registries.pop(loop, None)
    running = asyncio.get_running_loop()
    if running not in _registries:
        _registries[running] = _Registry()
    return _registries[running]


class Lifetime:
    """Calls `end` once: in `finish`, when the running event loop shuts down, or when this object is garbage-collected.

    `end` must not refer to the object that holds this one, which otherwise would never be garbage-collected.
    """

    def __init__(self, end: Callable[[], Awaitable[None]]) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._shutdown = _Shutdown(end)
        self._registry = _registry()
        self._registry.shutdowns.add(self._shutdown)

    def __del__(self) -> None:
        # The last reference may be dropped in any thread, and after the loop was closed.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(_start_shutdown, self._registry, self._shutdown)

    async def finish(self) -> None:
        """Calls `end` now, unless it was called; does nothing in another loop than its own."""
        if self.loop is asyncio.get_running_loop():
            await self._shutdown.run()
            await self._registry.remove(self._shutdown)


def _start_shutdown(registry: _Registry, shutdown: _Shutdown) -> None:
    def remove(task: asyncio.Task[None]) -> None:
        if not task.cancelled():  # otherwise the loop is shutting down, and calls it again
            registry.shutdowns.discard(shutdown)

    if shutdown in registry.shutdowns:
        shutdown.start().add_done_callback(remove)
