"""A clock without event loop lag: a deadline missed on it was missed by the client, not by a slow machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from time import monotonic

TICK = 0.02
"""Seconds between two measurements of the event loop's lag."""


class LagFreeClock:
    """Monotonic seconds minus the measured event loop lag; may be read in any thread."""

    def __init__(self) -> None:
        self._lag = 0.0
        self._due: float | None = None

    def now(self) -> float:
        """The current time in seconds."""
        now = monotonic()
        due = self._due
        return now - self._lag - (max(now - due, 0.0) if due is not None else 0.0)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Measures the lag of the running loop."""
        task = asyncio.create_task(self._measure())
        try:
            yield
        finally:
            task.cancel()

    async def _measure(self) -> None:
        while True:
            self._due = monotonic() + TICK
            await asyncio.sleep(TICK)
            self._lag += max(monotonic() - self._due, 0.0)
