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
    """A running task and a future for each caller that waits for it.

    The futures are kept in a set: removing a callback from a task takes time proportional to the number of its callbacks.
    """

    task: asyncio.Task[T]
    needs_waiters: bool
    places: set[asyncio.Future[None]] = attrs.field(factory=set[asyncio.Future[None]])

    async def shared_result(self) -> T:
        """The work's result, or its error as one of the waiter's own."""
        place: asyncio.Future[None] = self.task.get_loop().create_future()
        self.places.add(place)
        try:
            await place
        finally:
            self.places.discard(place)
            if self.needs_waiters and not self.places:
                self.task.cancel()
        if self.task.cancelled():
            raise APIConnectionError(text("client_closed"), fatal=True, request_sent=False)
        error = self.task.exception()
        if isinstance(error, AIZoomDocError):
            # Raising an error again extends its traceback, so callers must not share one.
            raise copy.copy(error).with_traceback(error.__traceback__) from error.__cause__
        return self.task.result()

    def call(self, _done: asyncio.Task[T]) -> None:
        """Wakes all waiting callers."""
        for place in self.places:
            if not place.done():
                place.set_result(None)


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
        return self._flight(key, work).task

    async def run(self, key: Hashable, work: Coroutine[Any, Any, T]) -> T:
        """The result for `key`; cancelling one caller does not cancel the task for the others."""
        return await self._flight(key, work).shared_result()

    async def close(self) -> None:
        """Cancels the tasks of this event loop; their callers get an `APIConnectionError`."""
        loop = asyncio.get_running_loop()
        tasks = {flight.task for (its_loop, _), flight in tuple(self._running.items()) if its_loop is loop}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _flight(self, key: Hashable, work: Coroutine[Any, Any, T]) -> _SharedTask[T]:
        loop = asyncio.get_running_loop()
        flight = self._running.get((loop, key))
        if flight is not None and not flight.task.done() and not flight.task.cancelling():
            work.close()
            return flight
        self._forget_closed_loops()
        with remember_user_line():
            flight = self._running[loop, key] = _SharedTask(loop.create_task(work), self._needs_waiters)
        flight.task.add_done_callback(flight.call)
        flight.task.add_done_callback(lambda done: self._finish((loop, key), done))
        return flight

    def _forget_closed_loops(self) -> None:
        """Forgets tasks of loops that were closed before the tasks ended."""
        for place in tuple(self._running):
            if place[0].is_closed():
                self._running.pop(place, None)

    def _finish(self, place: tuple[asyncio.AbstractEventLoop, Hashable], task: asyncio.Task[T]) -> None:
        flight = self._running.get(place)
        if flight is not None and flight.task is task:
            del self._running[place]
        if not task.cancelled():
            task.exception()  # marks it as retrieved: there may be no caller left
