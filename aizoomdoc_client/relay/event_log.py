"""The events of one answer as long as viewers may need them, in bounded memory."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import attrs

from ..events import AnswerRestarted, LLMFinal, LLMThinking, LLMToken, PhaseProgress, QueuePosition
from ..protocol.answer_state import AnswerState
from .control_events import ViewedEvent
from .event_ids import NOWHERE
from .relayed_event import LAST, RelayedEvent

__all__ = ["EventLog"]

EVENT_WEIGHT = 512
"""Bytes that an event takes besides its text: its Python objects, and its encoded form."""
_KEPT_SHARE = 0.75
"""What is kept of a full log's `capacity`: to drop one event at a time would cost as much as to drop many, each time."""


class EventLog:
    """Numbered events of one answer: the newest, up to `capacity` bytes, and a snapshot of the answer for who missed some.

    Any number of viewers read it, each by the id of the last event that it has. `last_id` is the id before the first event. Ids
    grow, mostly by one.
    """

    def __init__(self, capacity: int, *, last_id: int = 0) -> None:
        self._capacity = capacity
        self._events = list[RelayedEvent]()
        self._ids = list[int]()  # those of `_events`
        self._before = last_id  # the id of the event before `_events`
        self._weight = 0
        self._state = AnswerState()
        self._folded = 0  # how many of `_events` `_state` has
        self._kept_whole = list[ViewedEvent]()  # of the events in `_state`, those that a snapshot has as they are
        self._snapshot: Sequence[RelayedEvent] = ()
        self._skipped = 0
        self._waiting = dict[asyncio.Future[None], None]()
        self.last_id: int = last_id
        self.ending: RelayedEvent | None = None
        """The event that ended the answer."""
        self.disconnect_event: ViewedEvent | None = None
        """What viewers get, once they have read what is there, instead of what is still to come."""

    @property
    def text(self) -> str:
        """The answer's text after all events."""
        return self._folded_all().text

    def append(self, event: ViewedEvent, id: int | None = None) -> None:  # noqa: A002 - as that of `RelayedEvent`
        """Takes the next event, as the one with `id`, by default the next number; nothing after one that ends the answer."""
        if self.ending is not None:
            return
        if isinstance(event, LLMThinking):
            event = self._without_repetition(event)
        self.last_id = self.last_id + 1 + self._skipped if id is None else id
        self._skipped = 0
        entry = RelayedEvent(self.last_id, event)
        self._events.append(entry)
        self._ids.append(self.last_id)
        self._weight += weight_of(event)
        if event.event in LAST:
            self.ending = entry
        if self._weight > self._capacity:
            self._trim()
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
        far. Only its last event has an id of its own: whoever loses the connection before it gets a snapshot again, because the
        first one has `NOWHERE`.
        """
        if after == self._before:
            return self._events[:]
        at = bisect_right(self._ids, after)
        return self._events[at:] if at and self._ids[at - 1] == after else self.snapshot()

    def waiter(self) -> asyncio.Future[None]:
        """Is done at the next event, or at `wake`; whoever waits no longer gives it to `forget`."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = None
        return waiting

    def forget(self, waiting: asyncio.Future[None]) -> None:
        """Nobody waits for `waiting` any more."""
        self._waiting.pop(waiting, None)

    def disconnect_viewers(self, event: ViewedEvent) -> None:
        """Ends the connections of all viewers once they have read what is there, with `event` as their last one."""
        self.disconnect_event = event
        self.wake()

    def skip_ids(self, count: int) -> None:
        """Gives the next event an id that is greater by `count` than it would be."""
        self._skipped = count

    def snapshot(self) -> Sequence[RelayedEvent]:
        """All that makes up the answer so far, after `answer_restarted` with nothing kept; see `read`."""
        if not self._snapshot or self._snapshot[-1].id != self.last_id:
            entries = [RelayedEvent(None, event) for event in self._snapshot_events()]
            entries[0].id = NOWHERE
            entries[-1].id = self.last_id
            self._snapshot = entries
        return self._snapshot

    def restore(self, events: Iterable[ViewedEvent], last_id: int) -> None:
        """Takes the events of a snapshot of the same answer, in place of all that it has; `last_id` is the id of its last one."""
        self._events.clear()
        self._ids.clear()
        self._kept_whole.clear()
        self._weight = self._folded = 0
        for event in events:
            self.append(event, last_id)
        self._drop(len(self._events))
        self.wake()

    # -- what is dropped -----------------------------------------------------------------------------------------------------

    def _trim(self) -> None:
        """Drops the oldest events of a full log, but never the last one."""
        dropped, weight, most = 0, self._weight, self._capacity * _KEPT_SHARE
        while weight > most and dropped < len(self._events) - 1:
            weight -= weight_of(self._events[dropped].event)
            dropped += 1
        self._drop(dropped)

    def _drop(self, count: int) -> None:
        """Drops the oldest events, which `_state` then has."""
        if count:
            self._fold(count)
            self._before = self._ids[count - 1]
            self._weight -= sum(weight_of(entry.event) for entry in self._events[:count])
            del self._events[:count], self._ids[:count]
            self._folded -= count

    def _folded_all(self) -> AnswerState:
        self._fold(len(self._events))
        return self._state

    def _fold(self, count: int) -> None:
        """Has `_state` fold the oldest `count` events, unless it has them already."""
        if count > self._folded:
            entries = self._events[self._folded : count]
            self._state.fold(entry.event for entry in entries)
            self._kept_whole += [entry.event for entry in entries if not isinstance(entry.event, _NOT_KEPT_WHOLE)]
            self._folded = count

    def _snapshot_events(self) -> Iterator[ViewedEvent]:
        state = self._folded_all()
        yield AnswerRestarted(0, "snapshot")
        yield from (event for event in self._kept_whole if not _is_end(event))
        if state.queue is not None:
            yield state.queue
        if state.thinking:
            yield LLMThinking(state.thinking, accumulated=state.thinking)
        if state.text:
            yield LLMToken(state.text, state.model, synthetic=True)
        yield from filter(_is_end, self._kept_whole)

    def _without_repetition(self, event: LLMThinking) -> LLMThinking:
        """The event without `accumulated`, which grows with the square of the thinking, unless it says something else."""
        if event.accumulated is None:
            return event
        if event.accumulated == self._folded_all().thinking + event.content:
            rest = {name: value for name, value in event.data.items() if name != "accumulated"}
            return attrs.evolve(event, accumulated=None, data=rest)
        return event


_NOT_KEPT_WHOLE = (LLMToken, LLMThinking, AnswerRestarted, QueuePosition, PhaseProgress)
"""Events that a snapshot makes of the folded state, or leaves out because they are soon out of date."""


def _is_end(event: ViewedEvent) -> bool:
    return isinstance(event, LLMFinal) or event.event in LAST


def weight_of(event: ViewedEvent) -> int:
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
