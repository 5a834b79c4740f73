"""Limits on how long an answer may be silent, or take, that cost next to nothing an event."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncGenerator, Callable

from ..config import StreamTimeouts
from ..exceptions import Deadline, StreamTimeoutError


class Watchdog:
    """Breaks a stream off when waiting for it takes too long.

    One timer a stream, armed anew only when it fires; an event costs two assignments. Only waiting counts: a slow consumer is no
    silent server.
    """

    def __init__(self, timeouts: StreamTimeouts, break_off: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = timeouts.idle
        self._first_event = timeouts.first_event
        self._end = None if timeouts.total is None else self._loop.time() + timeouts.total
        # Weak: a timer of minutes must not keep alive what nobody reads any more.
        self._break_off = weakref.WeakMethod(break_off)
        self._waiting_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.expired: Deadline | None = None

    @contextlib.asynccontextmanager
    async def first_event(self) -> AsyncGenerator[None]:
        """Bounds opening the stream and waiting for what comes first; raises `StreamTimeoutError`."""
        limits: list[tuple[float, Deadline]] = []
        if self._first_event is not None:
            limits.append((self._loop.time() + self._first_event, "first_event"))
        if self._end is not None:
            limits.append((self._end, "total"))
        due, name = min(limits, default=(None, None))
        limit = asyncio.timeout_at(due)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            self.expired = name
            raise StreamTimeoutError("Nothing came in time", deadline=name or "total", request_sent=True) from None

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
            self.stop()  # it is armed for a later moment, and anew when the reader waits

    def stop(self) -> None:
        """Ends the watch; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abandon(self, break_off: Callable[[], None]) -> None:
        """Ends the watch and breaks off from wherever the last reference was dropped: any thread, any loop, or none that runs."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the connection with it
            self._loop.call_soon_threadsafe(self._abandoned, break_off)

    def _abandoned(self, break_off: Callable[[], None]) -> None:
        self.stop()
        break_off()

    def _arm(self) -> None:
        due = min((moment for moment, _ in self._limits()), default=None)
        if due is not None:
            self._timer = self._loop.call_at(due, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._waiting_since is None:
            return
        now = self._loop.time()
        self.expired = next((name for moment, name in self._limits() if moment <= now), None)
        break_off = self._break_off()
        if self.expired is None:
            self._arm()
        elif break_off is not None:
            break_off()

    def _limits(self) -> list[tuple[float, Deadline]]:
        """When each limit is reached, and its name."""
        limits: list[tuple[float, Deadline]] = [] if self._end is None else [(self._end, "total")]
        if self._idle is not None and self._waiting_since is not None:
            limits.append((self._waiting_since + self._idle, "idle"))
        return limits
