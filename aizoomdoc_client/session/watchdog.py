"""Time limits on the silence and the total duration of an answer, at next to no cost per event."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from ..config import StreamTimeouts
from ..exceptions import DeadlineName


class Watchdog:
    """Closes a stream when opening it, or waiting for its next event, takes too long.

    One timer per stream, rescheduled only when it fires; an event costs two assignments. Only the time spent waiting counts, so a
    slow consumer is not mistaken for a silent server. Until the first event, `break_off` ends the opening.
    """

    def __init__(self, timeouts: StreamTimeouts, break_off: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._break_off = break_off
        self._silence: tuple[float | None, DeadlineName] = (timeouts.first_event, "first_event")
        self._idle = timeouts.idle
        self._end = None if timeouts.total is None else now + timeouts.total
        self._waiting_since: float | None = now
        self._timer: asyncio.TimerHandle | None = None
        self.expired: DeadlineName | None = None
        self._arm()

    def opened(self, break_off: Callable[[], None]) -> None:
        """Notes that the first event was received; from now on `break_off` closes the stream.

        It must not refer to the stream's reader: the timer would keep an abandoned reader alive for minutes.
        """
        self._break_off = break_off
        self._waiting_since = None
        self._limit_silence(self._idle)

    def wait_started(self) -> None:
        """Notes that the reader starts to wait for frames."""
        self._waiting_since = self._loop.time()
        if self._timer is None:
            self._arm()

    def received(self) -> None:
        """Notes that frames were received: the time until the next wait does not count."""
        self._waiting_since = None

    def limit_idle(self, seconds: float) -> None:
        """Lowers the idle limit to `seconds`."""
        if self._idle is None or seconds < self._idle:
            self._idle = seconds
            self._limit_silence(seconds)

    def stop(self) -> None:
        """Stops the timer; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abandon(self) -> None:
        """Stops the timer and closes the stream; may be called from any thread, also without a running loop."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the connection with it
            self._loop.call_soon_threadsafe(self._stop_and_break_off)

    def _stop_and_break_off(self) -> None:
        self.stop()
        self._break_off()

    def _limit_silence(self, seconds: float | None) -> None:
        self._silence = (seconds, "idle")
        if self._timer is not None and seconds is not None and self._timer.when() > self._loop.time() + seconds:
            self.stop()  # it would fire too late; `wait_started` sets it again

    def _arm(self) -> None:
        if limits := self._limits():
            self._timer = self._loop.call_at(min(limits)[0], self._check)

    def _check(self) -> None:
        self._timer = None
        if self._waiting_since is None:
            return
        now = self._loop.time()
        self.expired = next((name for moment, name in self._limits() if moment <= now), None)
        if self.expired is None:
            self._arm()
        else:
            self._break_off()

    def _limits(self) -> list[tuple[float, DeadlineName]]:
        """When each limit is reached, and its name."""
        limits: list[tuple[float, DeadlineName]] = [] if self._end is None else [(self._end, "total")]
        seconds, name = self._silence
        if seconds is not None and self._waiting_since is not None:
            limits.append((self._waiting_since + seconds, name))
        return limits
