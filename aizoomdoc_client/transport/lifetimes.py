"""Closes resources when their event loop shuts down, so that callers need not close them.

At its end `asyncio.run` closes the async generators that are suspended in the loop, and waits for them. So each loop has one such
generator here, which closes all resources of the loop when it is closed itself. A reference to it is kept until then, because a
generator that is garbage-collected before is closed by a new task, which a loop that shuts down does not run any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


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


class PerLoop(Generic[T]):
    """A value for each event loop, made by `make` on first use.

    `end` is called with it when its loop shuts down, in `finish`, or when this object is garbage-collected; neither function may
    refer to the object that holds this one. Loops may run in several threads: each one touches its own entry only, and single
    operations on a dictionary are atomic.
    """

    def __init__(self, make: Callable[[], T], end: Callable[[T], Awaitable[None]]) -> None:
        self._make = make
        self._end = end
        self._values: dict[asyncio.AbstractEventLoop, tuple[T, Lifetime]] = {}

    def __len__(self) -> int:
        return len(self._values)

    @property
    def existing(self) -> T | None:
        """The running loop's value; None if it has none."""
        return self._values.get(asyncio.get_running_loop(), (None,))[0]

    def current(self) -> T:
        """The running loop's value, a new one if it has none."""
        loop = asyncio.get_running_loop()
        if loop not in self._values:
            self._forget_closed_loops()
            value = self._make()
            self._values[loop] = value, Lifetime(functools.partial(_end_value, weakref.ref(self), self._end, value))
        return self._values[loop][0]

    async def finish(self) -> None:
        """Ends the running loop's value; those of other loops are left to their loops."""
        _, lifetime = self._values.pop(asyncio.get_running_loop(), (None, None))
        if lifetime is not None:
            await lifetime.finish()

    def forget(self, ended: T) -> None:
        """Forgets the running loop's value if it is `ended`, and not one that was made since."""
        loop = asyncio.get_running_loop()
        if loop in self._values and self._values[loop][0] is ended:
            del self._values[loop]

    def _forget_closed_loops(self) -> None:
        """Forgets the values of loops that were closed without shutting down their async generators."""
        for loop in tuple(self._values):
            if loop.is_closed():
                self._values.pop(loop, None)


async def _end_value(holder: weakref.ref[PerLoop[T]], end: Callable[[T], Awaitable[None]], value: T) -> None:
    try:
        await end(value)
    finally:
        if (per_loop := holder()) is not None:
            per_loop.forget(value)
