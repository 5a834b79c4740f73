"""Pings that keep an idle WebSocket open, and detect a lost peer."""

from __future__ import annotations

import asyncio
from typing import Protocol

from .frame_queue import FrameQueue

PING_INTERVAL = 20.0
"""Seconds between pings; proxies close connections that are idle for longer."""
PONG_TIMEOUT = 240.0
"""Seconds without a pong after which the connection is aborted. It is long because a busy server sends no pongs while its model
runs."""


class PingableConnection(Protocol):
    """A connection that can send pings."""

    @property
    def frames(self) -> FrameQueue:
        """Its received frames."""
        ...

    def send_ping(self) -> None:
        """Sends a ping."""
        ...

    def abort(self) -> None:
        """Aborts the connection; idempotent."""
        ...


class KeepAlive:
    """Sends pings over one connection, and aborts it after `PONG_TIMEOUT` without a pong.

    While reading is paused for a slow consumer no pong can be received, so the timeout does not run then.
    """

    def __init__(self, connection: PingableConnection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._unanswered_since: float | None = None
        self._timer = self._loop.call_later(PING_INTERVAL, self._tick)

    def pong(self) -> None:
        """Resets the timeout; called when a pong was received."""
        self._unanswered_since = None

    def stop(self) -> None:
        """Ends the pings; idempotent."""
        self._timer.cancel()

    def _tick(self) -> None:
        """Sends the next ping, or aborts the connection if none was answered for too long."""
        now = self._loop.time()
        if self._connection.frames.is_paused:
            self._unanswered_since = None
        elif self._unanswered_since is None:
            self._unanswered_since = now
            self._connection.send_ping()
        elif now - self._unanswered_since > PONG_TIMEOUT:
            self._connection.abort()
            return
        else:
            self._connection.send_ping()
        self._timer = self._loop.call_later(PING_INTERVAL, self._tick)
