"""One viewer of an answer, which reads from a certain event on at a speed of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from ..hooks.viewer_watch import ViewerWatch
from .log_cursor import LogCursor
from .relayed_answer import RelayedAnswer
from .relayed_event import LAST, RelayedEvent

__all__ = ["Viewer"]


class Viewer:
    """The events of an answer for one viewer, iterated one by one or read in batches.

    It holds no events but its place among those that all viewers share, so that a slow viewer costs nothing: one that falls too
    far behind gets a snapshot of the answer, and goes on from there. To be closed, or entered, or read to its end.
    """

    __slots__ = ("__weakref__", "_answer", "_closed", "_cursor", "_find", "_ready", "_watch", "is_complete")

    def __init__(self, find: Callable[[], Awaitable[tuple[RelayedAnswer, int]]], watch: ViewerWatch | None = None) -> None:
        self._find: Callable[[], Awaitable[tuple[RelayedAnswer, int]]] | None = find  # until it is open
        self._watch = watch
        self._answer: RelayedAnswer | None = None
        self._cursor: LogCursor | None = None
        self._ready: list[RelayedEvent] | None = None
        self._closed = False
        self.is_complete: bool = False
        """Whether this viewer had the answer's last event before it was opened: there is nothing to read."""

    def __del__(self) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop has ended
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
        """Finds the stream; raises `StreamNotFoundError` where there is none, or it is another owner's."""
        if self._find is not None and not self._closed:
            answer, after = await self._find()
            if self._closed or self._find is None:  # by another task, meanwhile
                return
            self._find = None
            answer.joined()
            self._answer, self._cursor = answer, LogCursor(answer.log, after)
            self.is_complete = answer.log.ending is not None and answer.log.last_id == after
            if self._watch is not None:
                self._watch.joined(answer.facts.chat_id, has_all=self.is_complete)

    async def read(self, seconds: float | None = None) -> Sequence[RelayedEvent]:
        """The next events, as many as there are; none at the end, or when there was none for so many `seconds`."""
        await self.open()
        if self._cursor is None:
            return ()
        events = await self._cursor.read(seconds)
        if self._watch is not None and events:
            self._watch.received(len(events), has_all=events[-1].event.event in LAST)
        if self._cursor.is_ended:
            self.close()
        return events

    def close(self) -> None:
        """Ends the reading, also one that waits; idempotent."""
        self._closed = True
        if self._cursor is not None:
            self._cursor.close()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.left()
        if self._watch is not None:
            self._watch.left()
