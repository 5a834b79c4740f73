"""Points at which a script and a test wait for each other."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Protocol


class Waitable(Protocol):
    """Anything with an asynchronous `wait`: a `Gate`, an `asyncio.Event` of the server's loop."""

    async def wait(self) -> Any:
        """Returns once it is time."""
        ...


class Gate:
    """Closed until somebody opens it, from any thread; then it stays open."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def is_open(self) -> bool:
        """Whether it was opened."""
        return self._opened.is_set()

    def open(self) -> None:
        """Lets all who wait, and all who come later, through."""
        with self._lock:
            self._opened.set()
            waiters, self._waiters = self._waiters, []
        for loop, event in waiters:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Returns once the gate is open."""
        event = asyncio.Event()
        with self._lock:
            if self._opened.is_set():
                return
            self._waiters.append((asyncio.get_running_loop(), event))
        await event.wait()

    def wait_blocking(self, timeout: float = 10.0) -> None:
        """Blocks the calling thread until the gate is open; raises `TimeoutError` after `timeout` seconds."""
        if not self._opened.wait(timeout):
            raise TimeoutError(f"The gate was not opened within {timeout} s")
