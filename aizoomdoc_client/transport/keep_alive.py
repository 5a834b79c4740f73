"""Pings that keep an idle WebSocket open, and find out when nobody is there any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PING_INTERVAL = 20.0
"""Seconds between pings, which keep idle connections open in proxies."""
PONG_PATIENCE = 240.0
"""Seconds without a pong after which the other side counts as gone. Long, since a busy server answers nothing while its model
runs: it is not dead."""


class KeepAlive:
    """Pings one connection by `ping` and breaks it off by `abort`.

    While reading is paused for a slow consumer (`is_paused`) no pong can be seen, so that none is missed.
    """

    def __init__(self, *, ping: Callable[[], None], abort: Callable[[], None], is_paused: Callable[[], bool]) -> None:
        self._ping, self._abort, self._is_paused = ping, abort, is_paused
        self._loop = asyncio.get_running_loop()
        self._unanswered_since: float | None = None
        self._timer = self._loop.call_later(PING_INTERVAL, self._tick)

    def pong(self) -> None:
        """The other side answered."""
        self._unanswered_since = None

    def stop(self) -> None:
        """Ends the pings; idempotent."""
        self._timer.cancel()

    def _tick(self) -> None:
        now = self._loop.time()
        if self._is_paused():
            self._unanswered_since = None
        elif self._unanswered_since is None:
            self._unanswered_since = now
            self._ping()
        elif now - self._unanswered_since > PONG_PATIENCE:
            self._abort()
            return
        else:
            self._ping()
        self._timer = self._loop.call_later(PING_INTERVAL, self._tick)
