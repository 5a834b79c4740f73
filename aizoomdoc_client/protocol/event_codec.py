"""Frames of JSON to typed events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

import attrs

from ..catalog import text
from ..events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    ErrorEvent,
    LLMFinal,
    LLMToken,
    ServerEvent,
    StreamResumed,
    UnknownEvent,
)
from ..exceptions import ProtocolError
from .event_fields import typed
from .redaction import excerpt
from .repeated_text import parse_frame

EVENT_TYPES: Mapping[str, type[AnswerEvent]] = {kind.event: kind for kind in get_args(ServerEvent)}
"""The server's events by their names on the wire."""
_CARRY_TEXT = frozenset[type[AnswerEvent]]({LLMToken, LLMFinal})
"""Events of which none may be skipped."""
_RELAYED: Mapping[str, type[AnswerEvent]] = {kind.event: kind for kind in (AnswerRestarted, StreamResumed)}
"""A client's own events, which come from a server that passes on what its client gave it (`StreamEvent.to_sse`)."""

_OF_TEXT = frozenset({kind.event for kind in (LLMToken, LLMFinal, ErrorEvent, Completed, *_RELAYED.values())})
"""Events that change the text or end the answer."""
Received = tuple[str, Any, str | None]
"""An event's name, its data as decoded JSON, and its time."""


def decode_event(name: str, data: Any, timestamp: str | None = None) -> AnswerEvent:
    """The typed event for a name and its data; an unknown name or data of a surprising shape is kept as `UnknownEvent`.

    The events that end an answer end it whatever their data are. Raises `ProtocolError` for events that carry text when they
    cannot be read: skipping one would lose text.
    """
    fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {"value": data}
    kind = EVENT_TYPES.get(name) or _RELAYED.get(name)
    if kind is None:
        return UnknownEvent(name, data=fields, timestamp=timestamp)
    try:
        return typed(kind, fields, timestamp)
    except ProtocolError:
        if kind in _CARRY_TEXT:
            raise
        event = _ending(kind, data) or UnknownEvent(name)
        return attrs.evolve(event, data=fields, timestamp=timestamp)


def _ending(kind: type[AnswerEvent], data: Any) -> AnswerEvent | None:
    """The event that ends an answer although its data is not of its shape; None for an event of another kind."""
    message = data if isinstance(data, str) else ""
    return ErrorEvent(message) if kind is ErrorEvent else Completed(message) if kind is Completed else None


def decode_aside(name: str, data: Any, timestamp: str | None) -> AnswerEvent | None:
    """The event as `decode_event` gives it, if it leaves the answer's text alone; else None."""
    return None if name in _OF_TEXT else decode_event(name, data, timestamp)


def open_envelope(frame: bytes, parse: Callable[[bytes], Any] = parse_frame) -> Received:
    """What a WebSocket text frame ``{event, data, timestamp}`` says; raises `ProtocolError` for anything else."""
    envelope = parse(frame)
    if not isinstance(envelope, dict):
        raise ProtocolError(text("frame_not_an_event", excerpt=excerpt(frame)))
    fields = cast("dict[str, Any]", envelope)
    name, timestamp = fields.get("event"), fields.get("timestamp")
    if not isinstance(name, str):
        raise ProtocolError(text("event_without_name", excerpt=excerpt(frame)))
    return name, fields.get("data", {}), timestamp if isinstance(timestamp, str) else None


def open_data(name: str, data: bytes, parse: Callable[[bytes], Any] = parse_frame) -> Received:
    """What a server-sent event's name and data say; an unknown one may carry anything, JSON or not."""
    try:
        return name, parse(data), None
    except ProtocolError:
        if name in EVENT_TYPES:
            raise
        return name, {"value": data.decode("utf-8", "replace")}, None


def decode_envelope(frame: bytes) -> AnswerEvent:
    """The event of a WebSocket text frame."""
    return decode_event(*open_envelope(frame))
