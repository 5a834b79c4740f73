"""The one place where this room sleeps, so that a test can own the time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator

_sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def wait(seconds: float) -> None:
    """Waits so long, unless waiting was replaced."""
    await _sleep(seconds)


@contextlib.contextmanager
def waiting_by(sleep: Callable[[float], Awaitable[None]]) -> Generator[None]:
    """Replaces waiting between retries and looks, in all clients of this process, while the context lasts."""
    global _sleep  # noqa: PLW0603 - a switch for tests of whole programs, which cannot reach every client
    former, _sleep = _sleep, sleep
    try:
        yield
    finally:
        _sleep = former
