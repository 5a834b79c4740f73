"""What is still there when a client is closed: tasks, sockets, threads."""

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

SITTING: contextvars.ContextVar[int | None] = contextvars.ContextVar("sitting", default=None)
"""Whose work is going on: tasks, and tasks of tasks, belong to the sitting that they were begun in."""

PATIENCE = 3.0
"""Seconds that a closed client's remains may take to go."""


class TaskWatch:
    """Knows the tasks of each sitting, as long as they live; a task factory."""

    def __init__(self) -> None:
        self._tasks: dict[int, weakref.WeakSet[asyncio.Task[Any]]] = defaultdict(weakref.WeakSet)

    def __call__(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T] | Generator[Any, None, T], **options: Any
    ) -> asyncio.Task[T]:
        """A new task."""
        task = asyncio.Task(work, loop=loop, **options)
        sitting = SITTING.get()
        if sitting is not None:
            self._tasks[sitting].add(task)
        return task

    def left(self, sitting: int) -> list[asyncio.Task[Any]]:
        """The sitting's tasks that are not done, but for the one that asks."""
        return [task for task in self._tasks[sitting] if not task.done() and task is not asyncio.current_task()]

    def forget(self, sitting: int) -> None:
        """The sitting is over."""
        self._tasks.pop(sitting, None)


async def gone(condition: Callable[[], object]) -> bool:
    """Whether `condition` becomes false within the time that is granted."""
    end = time.monotonic() + PATIENCE
    while condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.005)
    return True


def open_sockets() -> int:
    """How many sockets this process has; 0 where the system does not tell."""
    count = 0
    for entry in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            count += str(entry.readlink()).startswith("socket:")
    return count


def client_threads() -> list[str]:
    """The names of the threads that clients have begun, but for those of clients that are garbage."""
    gc.collect()
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("aizoomdoc")]
