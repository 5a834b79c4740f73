"""Points at which a script and a test wait for each other."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Protocol


class Waitable(Protocol):
    """An object with an asynchronous `wait`, such as a `SyncPoint` or an `asyncio.Event` of the server's loop."""

    async def wait(self) -> Any:
        """Returns once the object is set."""
        ...


class SyncPoint:
    """An event that any thread may set and that coroutines of any event loop may wait for; once set, it stays set.

    `asyncio.Event` belongs to one loop and must not be set from another thread, and `threading.Event` would block a loop.
    """

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def is_set(self) -> bool:
        """Whether it has been set."""
        return self._set.is_set()

    def set(self) -> None:
        """Wakes all waiters, and lets future ones return at once."""
        with self._lock:
            self._set.set()
            waiters, self._waiters = self._waiters, []
        for loop, event in waiters:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Returns once the point is set."""
        event = asyncio.Event()
        with self._lock:
            if self._set.is_set():
                return
            self._waiters.append((asyncio.get_running_loop(), event))
        await event.wait()

    def wait_blocking(self, timeout: float = 10.0) -> None:
        """Blocks the calling thread until the point is set; raises `TimeoutError` after `timeout` seconds."""
        if not self._set.wait(timeout):
            raise TimeoutError(f"The point was not set within {timeout} s")
