"""Limits on how long an answer may be silent, or take, that cost next to nothing an event."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from ..config import StreamTimeouts
from ..exceptions import Deadline


class Watchdog:
    """Breaks a stream off when opening it, or waiting for it, takes too long.

    One timer a stream, armed anew only when it fires; an event costs two assignments. Only waiting counts: a slow consumer is no
    silent server. Until the first event it is the opening that is watched, and that `break_off` ends.
    """

    def __init__(self, timeouts: StreamTimeouts, break_off: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._break_off = break_off
        self._silence: tuple[float | None, Deadline] = (timeouts.first_event, "first_event")
        self._idle = timeouts.idle
        self._end = None if timeouts.total is None else now + timeouts.total
        self._waiting_since: float | None = now
        self._timer: asyncio.TimerHandle | None = None
        self.expired: Deadline | None = None
        self._arm()

    def opened(self, break_off: Callable[[], None]) -> None:
        """The first event is here; what is watched from now on is the stream, and `break_off` ends it.

        It must not lead to the stream's reader: a timer of minutes would keep alive what nobody reads any more.
        """
        self._break_off = break_off
        self._waiting_since = None
        self._limit_silence(self._idle)

    def waiting(self) -> None:
        """The reader begins to wait."""
        self._waiting_since = self._loop.time()
        if self._timer is None:
            self._arm()

    def heard(self) -> None:
        """Something came."""
        self._waiting_since = None

    def hurry(self, seconds: float) -> None:
        """From now on the stream may be silent for `seconds` at the most."""
        if self._idle is None or seconds < self._idle:
            self._idle = seconds
            self._limit_silence(seconds)

    def stop(self) -> None:
        """Ends the watch; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abandon(self) -> None:
        """Ends the watch and breaks off from wherever the last reference was dropped: any thread, any loop, or none that runs."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the connection with it
            self._loop.call_soon_threadsafe(self._abandoned)

    def _abandoned(self) -> None:
        self.stop()
        self._break_off()

    def _limit_silence(self, seconds: float | None) -> None:
        self._silence = (seconds, "idle")
        if self._timer is not None and seconds is not None and self._timer.when() > self._loop.time() + seconds:
            self.stop()  # it would come too late; when the reader waits, it is armed anew

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

    def _limits(self) -> list[tuple[float, Deadline]]:
        """When each limit is reached, and its name."""
        limits: list[tuple[float, Deadline]] = [] if self._end is None else [(self._end, "total")]
        seconds, name = self._silence
        if seconds is not None and self._waiting_since is not None:
            limits.append((self._waiting_since + seconds, name))
        return limits
