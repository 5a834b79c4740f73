"""A place in the log of an answer's events, from which somebody reads on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from .event_log import EventLog, finish
from .relayed_event import RelayedEvent

__all__ = ["LogCursor"]


class LogCursor:
    """Reads a log, from the event after the one with id `after` on; it holds nothing but its place.

    One that `stays` reads on when the log's viewers are dismissed.
    """

    def __init__(self, log: EventLog, after: int, *, stays: bool = False) -> None:
        self.log = log
        self.after: int = after
        self._stays = stays
        self.is_ended: bool = False
        """Whether nothing more comes."""
        self._waiting: asyncio.Future[None] | None = None

    async def read(self, seconds: float | None = None) -> Sequence[RelayedEvent]:
        """The next events, as many as there are; none at the end, or when there was none for so many `seconds`."""
        log = self.log
        while not self.is_ended:
            if log.last_id != self.after:
                events = log.read(self.after)
                self.after = log.last_id
                self.is_ended = log.ending is not None
                return events
            if log.ending is not None:
                self.is_ended = True
            elif log.farewell is not None and not self._stays:
                self.is_ended = True
                return [RelayedEvent(None, log.farewell)]
            elif not await self._changed(seconds):
                break
        return ()

    def close(self) -> None:
        """Ends the reading, also one that waits; idempotent."""
        self.is_ended = True
        if self._waiting is not None:
            finish(self._waiting)

    async def _changed(self, seconds: float | None) -> bool:
        """Waits for the next event; whether something happened within so many seconds."""
        log = self.log
        self._waiting = waiting = log.waiter()
        timer = None if seconds is None else waiting.get_loop().call_later(seconds, finish, waiting)
        try:
            await waiting
        finally:
            self._waiting = None
            log.forget(waiting)
            if timer is not None:
                timer.cancel()
        dismissed = log.farewell is not None and not self._stays
        return self.is_ended or log.last_id != self.after or log.ending is not None or dismissed
