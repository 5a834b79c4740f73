"""Finds tasks, sockets and threads that a closed client left open."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

SCENARIO: contextvars.ContextVar[int | None] = contextvars.ContextVar("scenario", default=None)
"""The current scenario's number: tasks, and the tasks that they start, belong to the scenario that they were started in."""

CLEANUP_SECONDS = 3.0
"""Seconds within which a closed client must release its resources."""


class TaskTracker:
    """A task factory that tracks the tasks of each scenario by weak references."""

    def __init__(self) -> None:
        self._tasks: dict[int, weakref.WeakSet[asyncio.Task[Any]]] = defaultdict(weakref.WeakSet)

    def __call__(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T] | Generator[Any, None, T], **options: Any
    ) -> asyncio.Task[T]:
        """Creates a task and tracks it."""
        task = asyncio.Task(work, loop=loop, **options)
        scenario = SCENARIO.get()
        if scenario is not None:
            self._tasks[scenario].add(task)
        return task

    def pending(self, scenario: int) -> list[asyncio.Task[Any]]:
        """The scenario's tasks that are not done, except the current task."""
        return [task for task in self._tasks[scenario] if not task.done() and task is not asyncio.current_task()]

    def forget(self, scenario: int) -> None:
        """Stops tracking the tasks of a finished scenario."""
        self._tasks.pop(scenario, None)


async def becomes_false(condition: Callable[[], object]) -> bool:
    """Whether `condition` becomes false within `CLEANUP_SECONDS`."""
    end = time.monotonic() + CLEANUP_SECONDS
    while condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.005)
    return True


def open_sockets() -> int:
    """Number of this process's open sockets; 0 without /proc."""
    count = 0
    for entry in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            count += str(entry.readlink()).startswith("socket:")
    return count


def client_threads() -> set[threading.Thread]:
    """The running threads that clients started; collects garbage first, so that unreferenced clients do not count.

    Threads of local servers are called alike.
    """
    gc.collect()
    return {thread for thread in threading.enumerate() if thread.name.startswith("aizoomdoc")}
