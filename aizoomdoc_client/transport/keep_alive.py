"""Pings that keep an idle WebSocket open, and find out when nobody is there any more."""

from __future__ import annotations

import asyncio
from typing import Protocol

from .frame_queue import FrameQueue

PING_INTERVAL = 20.0
"""Seconds between pings, which keep idle connections open in proxies."""
PONG_PATIENCE = 240.0
"""Seconds without a pong after which the other side counts as gone. Long, since a busy server answers nothing while its model
runs: it is not dead."""


class Pinged(Protocol):
    """A connection that is to be kept alive."""

    @property
    def frames(self) -> FrameQueue:
        """What came of it."""
        ...

    def send_ping(self) -> None:
        """Sends a ping."""
        ...

    def abort(self) -> None:
        """Breaks the connection; idempotent."""
        ...


class KeepAlive:
    """Pings one connection, and breaks it off when nobody answers.

    While reading is paused for a slow consumer no pong can be seen, so that none is missed.
    """

    def __init__(self, connection: Pinged) -> None:
        self._connection = connection
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
        if self._connection.frames.is_paused:
            self._unanswered_since = None
        elif self._unanswered_since is None:
            self._unanswered_since = now
            self._connection.send_ping()
        elif now - self._unanswered_since > PONG_PATIENCE:
            self._connection.abort()
            return
        else:
            self._connection.send_ping()
        self._timer = self._loop.call_later(PING_INTERVAL, self._tick)
