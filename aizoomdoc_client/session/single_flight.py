"""One run for all who ask for the same thing at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Shares running work by key; its result and its error are everybody's."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    def start(self, key: Hashable, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The task that does the work for `key`: the running one, else a new one of `work`."""
        task = self._running.get(key)
        if task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop():
            work.close()
            return task
        task = asyncio.get_running_loop().create_task(work)
        self._running[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))
        return task

    async def run(self, key: Hashable, work: Coroutine[Any, Any, T]) -> T:
        """The result for `key`; whoever stops waiting does not take it away from the others."""
        return await asyncio.shield(self.start(key, work))

    def _finish(self, key: Hashable, task: asyncio.Task[T]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled():
            task.exception()  # taken note of: perhaps nobody waits for it any more
