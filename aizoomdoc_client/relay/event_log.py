"""The events of one answer as long as viewers may need them, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import attrs

from ..events import AnswerRestarted, LLMFinal, LLMThinking, LLMToken, PhaseProgress, QueuePosition
from ..protocol.answer_state import AnswerState
from .control_events import ViewedEvent
from .relayed_event import LAST, RelayedEvent

__all__ = ["EventLog"]

EVENT_WEIGHT = 512
"""Bytes that an event takes besides its text: its objects, and its encoded form."""
_KEPT_SHARE = 0.75
"""What is kept of a full log: letting go one event at a time would cost as much as all of them, each time."""


class EventLog:
    """Numbered events of one answer: the newest, up to `capacity` bytes, and a snapshot of the answer for who missed some.

    Any number of viewers read it, each by the id of the last event that it has. `last_id` is the id before the first event.
    """

    def __init__(self, capacity: int, *, last_id: int = 0) -> None:
        self._capacity = capacity
        self._events = list[RelayedEvent]()
        self._weight = 0
        self._state = AnswerState()
        self._folded = last_id  # the id of the last event that `_state` has
        self._rare = list[RelayedEvent]()  # those events of `_state` that are neither text, thinking nor soon out of date
        self._snapshot: Sequence[RelayedEvent] = ()
        self._waiting = dict[asyncio.Future[None], None]()
        self.last_id: int = last_id
        self.ending: RelayedEvent | None = None
        """The event that ended the answer."""
        self.farewell: ViewedEvent | None = None
        """What viewers get instead of what is still to come."""

    @property
    def text(self) -> str:
        """The answer's text after all events."""
        self._fold(self.last_id)
        return self._state.text

    def append(self, event: ViewedEvent) -> None:
        """Takes the next event; nothing after one that ends the answer."""
        if self.ending is not None:
            return
        if isinstance(event, LLMThinking):
            event = self._without_repetition(event)
        self.last_id += 1
        entry = RelayedEvent(self.last_id, event)
        self._events.append(entry)
        self._weight += _weight(event)
        if event.event in LAST:
            self.ending = entry
        if self._weight > self._capacity:
            self._let_go()
        if self._waiting:
            self.wake()

    def wake(self) -> None:
        """Lets all who wait look again."""
        waiting, self._waiting = self._waiting, {}
        for each in waiting:
            finish(each)

    def read(self, after: int) -> Sequence[RelayedEvent]:
        """All events after the one with id `after`; a snapshot of the answer, where they are no longer there.

        A snapshot is `answer_restarted` with nothing kept and the reason ``snapshot``, and then all that makes up the answer so
        far. Only its last event has an id: whoever loses the connection before it gets a snapshot again.
        """
        kept = self.last_id - len(self._events)
        if kept <= after <= self.last_id:
            return self._events[after - kept :]
        return self._made_snapshot()

    def waiter(self) -> asyncio.Future[None]:
        """Is done at the next event, or at `wake`; whoever waits no longer gives it to `forget`."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = None
        return waiting

    def forget(self, waiting: asyncio.Future[None]) -> None:
        """Nobody waits for `waiting` any more."""
        self._waiting.pop(waiting, None)

    def dismiss(self, farewell: ViewedEvent) -> None:
        """Lets all viewers leave once they have read what is there, with `farewell` as their last event."""
        self.farewell = farewell
        self.wake()

    # -- what is let go ------------------------------------------------------------------------------------------------------

    def _let_go(self) -> None:
        """Drops the oldest events, which `_state` then has."""
        dropped, most = 0, self._capacity * _KEPT_SHARE
        while self._weight > most and dropped < len(self._events) - 1:
            self._weight -= _weight(self._events[dropped].event)
            dropped += 1
        self._fold(self._events[dropped].id or 0)
        del self._events[:dropped]

    def _fold(self, until: int) -> None:
        """Lets `_state` have all events up to the one with id `until`."""
        kept = self.last_id - len(self._events)
        entries = self._events[self._folded - kept : until - kept]
        self._state.fold(entry.event for entry in entries)
        self._rare += [entry for entry in entries if not isinstance(entry.event, _NOT_RARE)]
        self._folded = max(until, self._folded)

    def _made_snapshot(self) -> Sequence[RelayedEvent]:
        if not self._snapshot or self._snapshot[-1].id != self.last_id:
            self._fold(self.last_id)
            events = list[ViewedEvent]([AnswerRestarted(0, "snapshot")])
            events += [entry.event for entry in self._rare if not _is_end(entry.event)]
            state = self._state
            if state.queue is not None:
                events.append(state.queue)
            if state.thinking:
                events.append(LLMThinking(state.thinking, accumulated=state.thinking))
            if state.text:
                events.append(LLMToken(state.text, state.model, synthetic=True))
            events += [entry.event for entry in self._rare if _is_end(entry.event)]
            entries = [RelayedEvent(None, event) for event in events]
            entries[-1].id = self.last_id
            self._snapshot = entries
        return self._snapshot

    def _without_repetition(self, event: LLMThinking) -> LLMThinking:
        """The event without `accumulated`, which grows with the square of the thinking, unless it says something else."""
        if event.accumulated is None:
            return event
        self._fold(self.last_id)
        if event.accumulated == self._state.thinking + event.content:
            return attrs.evolve(event, accumulated=None)
        return event


_NOT_RARE = (LLMToken, LLMThinking, AnswerRestarted, QueuePosition, PhaseProgress)


def _is_end(event: ViewedEvent) -> bool:
    return isinstance(event, LLMFinal) or event.event in LAST


def _weight(event: ViewedEvent) -> int:
    """About how many bytes an event takes, once it is encoded: its text is there twice, with two or more bytes a character."""
    match event:
        case LLMToken():
            return EVENT_WEIGHT + 4 * len(event.token)
        case LLMThinking():
            return EVENT_WEIGHT + 4 * len(event.content) + 2 * len(event.accumulated or "")
        case LLMFinal():
            return EVENT_WEIGHT + 4 * len(event.content) + 4 * len(event.thinking or "")
        case _:
            return 2 * EVENT_WEIGHT


def finish(waiting: asyncio.Future[None]) -> None:
    """Ends the wait for `waiting`."""
    if not waiting.done():
        waiting.set_result(None)
