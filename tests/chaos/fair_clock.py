"""A clock that stands still while the machine lets this process wait: what is late by its time is late by the client's fault."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from time import monotonic

TICK = 0.02
"""Seconds between looks at how late the event loop is."""


class FairClock:
    """Seconds since some moment, less those that were withheld; may be read in any thread."""

    def __init__(self) -> None:
        self._withheld = 0.0
        self._due: float | None = None

    def now(self) -> float:
        """The time."""
        now = monotonic()
        due = self._due
        return now - self._withheld - (max(now - due, 0.0) if due is not None else 0.0)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Watches over the running loop."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            self._due = monotonic() + TICK
            await asyncio.sleep(TICK)
            self._withheld += max(monotonic() - self._due, 0.0)
