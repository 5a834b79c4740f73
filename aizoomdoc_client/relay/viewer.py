"""Who looks at an answer, from a certain event on, at a speed of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from .event_log import EventLog, finish
from .relayed_answer import RelayedAnswer
from .relayed_event import RelayedEvent

__all__ = ["Viewer"]


class Viewer:
    """The events of an answer for one viewer, iterated one by one or read in batches.

    It holds no events but its place among those that all viewers share, so that a slow one costs nothing: who falls too far
    behind gets a snapshot of the answer, and goes on from there. To be closed, or entered, or read to its end.
    """

    def __init__(self, find: Callable[[], Awaitable[tuple[RelayedAnswer, int]]]) -> None:
        self._find = find
        self._answer: RelayedAnswer | None = None
        self._cursor = 0
        self._ready: list[RelayedEvent] = []
        self._closed = False
        self._waiting: asyncio.Future[None] | None = None
        self.is_complete: bool = False
        """Whether this viewer has had the answer's last event before it was opened: there is nothing to read."""

    def __del__(self) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RelayedEvent:
        while not self._ready:
            events = await self.read()
            if not events:
                raise StopAsyncIteration
            self._ready = list(reversed(events))
        return self._ready.pop()

    @property
    def is_ended(self) -> bool:
        """Whether nothing more comes."""
        return self._closed

    async def open(self) -> None:
        """Finds the stream; raises `StreamNotFoundError` where there is none, or it is of another owner."""
        if self._answer is None and not self._closed:
            answer, self._cursor = await self._find()
            answer.joined()
            self._answer = answer
            self.is_complete = answer.log.ending is not None and answer.log.last_id == self._cursor

    async def read(self, seconds: float | None = None) -> Sequence[RelayedEvent]:
        """The next events, as many as there are; none at the end, or when there was none for so many `seconds`."""
        await self.open()
        while (answer := self._answer) is not None:
            log = answer.log
            if log.last_id != self._cursor:
                events = log.read(self._cursor)
                self._cursor = log.last_id
                if log.ending is not None:
                    self.close()
                return events
            if log.ending is not None:
                break
            if log.farewell is not None:
                self.close()
                return [RelayedEvent(None, log.farewell)]
            if not await self._changed(log, seconds):
                return ()
        self.close()
        return ()

    def close(self) -> None:
        """Ends the reading, also one that waits; idempotent."""
        self._closed = True
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.left()
        if self._waiting is not None:
            finish(self._waiting)

    async def _changed(self, log: EventLog, seconds: float | None) -> bool:
        """Waits for the next event; whether something happened within so many seconds."""
        self._waiting = waiting = log.waiter()
        timer = None if seconds is None else waiting.get_loop().call_later(seconds, finish, waiting)
        try:
            await waiting
        finally:
            self._waiting = None
            log.forget(waiting)
            if timer is not None:
                timer.cancel()
        return self._closed or log.last_id != self._cursor or log.farewell is not None
