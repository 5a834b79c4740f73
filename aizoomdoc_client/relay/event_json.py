"""Events on their way between the workers of a backend."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..events import LLMThinking
from ..protocol.event_codec import decode_event
from .control_events import AnswerStopped, ViewedEvent

__all__ = ["decoded", "encoded"]


def encoded(events: Iterable[ViewedEvent]) -> str:
    """The events as JSON that `decoded` reads."""
    return f"[{','.join([event.to_json(accumulated=isinstance(event, LLMThinking)) for event in events])}]"


def decoded(text: str | bytes) -> Sequence[ViewedEvent]:
    """The events that `encoded` wrote."""
    return [_event(row) for row in json.loads(text)]


def _event(row: Mapping[str, Any]) -> ViewedEvent:
    if row["event"] == AnswerStopped.event:
        return AnswerStopped(**row["data"])
    return decode_event(row["event"], row["data"], row["timestamp"])
