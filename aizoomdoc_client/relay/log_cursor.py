"""A place in the log of an answer's events, from which somebody reads on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from .event_log import EventLog, finish
from .relayed_event import RelayedEvent

__all__ = ["LogCursor"]


class LogCursor:
    """Reads a log, from the event after the one with id `after` on; it holds nothing but its place.

    One that `stays` reads on when the log's viewers are disconnected: it is no viewer.
    """

    __slots__ = ("_deadline", "_stays", "_timer", "_waiting", "after", "is_ended", "log")

    def __init__(self, log: EventLog, after: int, *, stays: bool = False) -> None:
        self.log: EventLog = log
        self.after: int = after
        self._stays = stays
        self.is_ended: bool = False
        """Whether nothing more comes."""
        self._waiting: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = math.inf

    async def read(self, seconds: float | None = None) -> Sequence[RelayedEvent]:
        """The next events, as many as there are; none at the end, or when there was none for so many `seconds`."""
        log = self.log
        while not self.is_ended:
            if self._has_news:
                events = log.read(self.after)
                self.after = log.last_id
                if log.ending is not None:
                    self._end()
                return events
            if log.ending is not None:
                self._end()
            elif log.disconnect_event is not None and not self._stays:
                self._end()
                return [RelayedEvent(None, log.disconnect_event)]
            elif not await self._changed(seconds):
                break
        return ()

    def close(self) -> None:
        """Ends the reading, also one that waits; idempotent."""
        self._end()
        self.wake()

    def wake(self) -> None:
        """Lets a reading that waits return, with nothing."""
        if self._waiting is not None:
            finish(self._waiting)

    def _end(self) -> None:
        self.is_ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _has_news(self) -> bool:
        """Whether there are other events than the reader has; a log without any says nothing about what its reader has."""
        return self.log.last_id not in {0, self.after}

    async def _changed(self, seconds: float | None) -> bool:
        """Waits for the next event; whether something happened within so many seconds."""
        log = self.log
        self._waiting = waiting = log.waiter()
        self._expect(waiting.get_loop(), seconds)
        try:
            await waiting
        finally:
            self._waiting = None
            log.forget(waiting)
        is_disconnected = log.disconnect_event is not None and not self._stays
        return self.is_ended or self._has_news or log.ending is not None or is_disconnected

    def _expect(self, loop: asyncio.AbstractEventLoop, seconds: float | None) -> None:
        """Ends the wait that begins after so many seconds, by a timer that the next waits use, too: one for each takes longer."""
        if seconds is None:
            self._deadline = math.inf
            return
        self._deadline = loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(self._deadline, self._expired, loop)

    def _expired(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._waiting is None or self._deadline == math.inf:
            return
        if loop.time() < self._deadline:
            self._timer = loop.call_at(self._deadline, self._expired, loop)
        else:
            finish(self._waiting)
