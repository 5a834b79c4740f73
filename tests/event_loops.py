"""Threads that each run an event loop of their own, as those of Django or Celery that call `asyncio.run`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

THREADS = 4


def in_threads(work: Callable[[int], Awaitable[Any]], *, threads: int = THREADS) -> list[Any]:
    """What `work` gives, or raises, in each of some threads with an event loop of its own; all begin at once."""
    barrier = threading.Barrier(threads)

    def run(number: int) -> Any:
        async def begun() -> Any:
            barrier.wait()
            return await work(number)

        try:
            return asyncio.run(begun())
        except Exception as error:  # noqa: BLE001 - the test compares it
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
