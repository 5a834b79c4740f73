"""What is remembered of an answer whose events are no longer in memory."""

from __future__ import annotations

from collections import OrderedDict

import attrs

from .control_events import ViewedEvent
from .owners import is_same
from .stream_facts import StreamFacts

__all__ = ["AnswerRecord", "AnswerRecords"]


@attrs.frozen
class AnswerRecord:
    """Of whom and to which message an answer was, the id of its last event, and that event."""

    facts: StreamFacts
    last_id: int
    ending: ViewedEvent


class AnswerRecords:
    """The records of ended answers by the ids of their streams; beyond `most` the least recently used is forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._records = OrderedDict[str, AnswerRecord]()

    def add(self, stream_id: str, record: AnswerRecord) -> None:
        """Remembers an answer, in place of what was remembered of it."""
        self._records[stream_id] = record
        self._records.move_to_end(stream_id)
        if len(self._records) > self._most:
            self._records.popitem(last=False)

    def find(self, stream_id: str, owner: str) -> AnswerRecord | None:
        """The record of an answer of `owner`."""
        record = self._records.get(stream_id)
        if record is None or not is_same(record.facts.owner, owner):
            return None
        self._records.move_to_end(stream_id)
        return record
