"""Single flight: concurrent calls of one event loop for the same key share one task."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine, Hashable
from typing import Any, Generic, TypeVar

import attrs

from ..catalog import text
from ..exceptions import AIZoomDocError, APIConnectionError
from ..user_stacklevel import remember_user_line

T = TypeVar("T")


@attrs.frozen(eq=False)
class _SharedTask(Generic[T]):
    """A running task and a future for each caller that waits for it; with `needs_waiters` it is cancelled with the last of them.

    The futures are kept in a set: removing a callback from a task takes time proportional to the number of its callbacks.
    """

    task: asyncio.Task[T]
    needs_waiters: bool
    waiters: set[asyncio.Future[None]] = attrs.field(factory=set[asyncio.Future[None]])

    async def shared_result(self) -> T:
        """The task's result; raises a copy of its error."""
        waiter: asyncio.Future[None] = self.task.get_loop().create_future()
        self.waiters.add(waiter)
        try:
            await waiter
        finally:
            self.waiters.discard(waiter)
            if self.needs_waiters and not self.waiters:
                self.task.cancel()
        if self.task.cancelled():
            raise APIConnectionError(text("client_closed"), fatal=True, request_sent=False)
        error = self.task.exception()
        if isinstance(error, AIZoomDocError):
            # Raising an error again extends its traceback, so callers must not share one.
            raise copy.copy(error).with_traceback(error.__traceback__) from error.__cause__
        return self.task.result()

    def wake_waiters(self, _done: asyncio.Task[T]) -> None:
        """Wakes all waiting callers; a callback of the task."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)


class SingleFlight(Generic[T]):
    """Shares running tasks by key: all callers of one event loop get the same result, or a copy of the same error.

    A task cannot be awaited in another loop, so each loop has its own; loops may run in several threads. With `needs_waiters` a
    task is cancelled when its last caller was.
    """

    def __init__(self, *, needs_waiters: bool = False) -> None:
        self._needs_waiters = needs_waiters
        self._running: dict[tuple[asyncio.AbstractEventLoop, Hashable], _SharedTask[T]] = {}

    def start(self, key: Hashable, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The task that does the work for `key`: the running one, else a new one of `work`."""
        return self._shared_task(key, work).task

    async def run(self, key: Hashable, work: Coroutine[Any, Any, T]) -> T:
        """The result for `key`; cancelling one caller does not cancel the task for the others."""
        return await self._shared_task(key, work).shared_result()

    async def close(self) -> None:
        """Cancels the tasks of this event loop; their callers get an `APIConnectionError`."""
        loop = asyncio.get_running_loop()
        tasks = {shared.task for (its_loop, _), shared in tuple(self._running.items()) if its_loop is loop}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _shared_task(self, key: Hashable, work: Coroutine[Any, Any, T]) -> _SharedTask[T]:
        loop = asyncio.get_running_loop()
        shared = self._running.get((loop, key))
        if shared is not None and not shared.task.done() and not shared.task.cancelling():
            work.close()
            return shared
        self._forget_closed_loops()
        with remember_user_line():
            shared = self._running[loop, key] = _SharedTask(loop.create_task(work), self._needs_waiters)
        shared.task.add_done_callback(shared.wake_waiters)
        shared.task.add_done_callback(lambda done: self._forget((loop, key), done))
        return shared

    def _forget_closed_loops(self) -> None:
        """Forgets tasks of loops that were closed before the tasks ended."""
        for loop, key in tuple(self._running):
            if loop.is_closed():
                self._running.pop((loop, key), None)

    def _forget(self, loop_and_key: tuple[asyncio.AbstractEventLoop, Hashable], task: asyncio.Task[T]) -> None:
        """Forgets a task that is done, unless another one has replaced it."""
        shared = self._running.get(loop_and_key)
        if shared is not None and shared.task is task:
            del self._running[loop_and_key]
        if not task.cancelled():
            task.exception()  # marks it as retrieved: there may be no caller left
