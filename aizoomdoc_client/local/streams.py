"""The streams that are open, so that a server that stops can end them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class OpenStreams:
    """Remembers the tasks that stream answers."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self.stopping: bool = False

    @contextmanager
    def held(self) -> Generator[None, None, None]:
        """Counts the running task among the open streams."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def end(self) -> None:
        """Cancels all of them."""
        self.stopping = True
        for task in self._tasks:
            task.cancel()
