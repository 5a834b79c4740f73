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
from .event_fields import typed_event
from .redaction import excerpt
from .repeated_text import parse_frame

EVENT_TYPES: Mapping[str, type[AnswerEvent]] = {kind.event: kind for kind in get_args(ServerEvent)}
"""The server's events by their names on the wire."""
_CARRY_TEXT = frozenset[type[AnswerEvent]]({LLMToken, LLMFinal})
"""Events of which none may be skipped, because text would be lost."""
_RELAYED: Mapping[str, type[AnswerEvent]] = {kind.event: kind for kind in (AnswerRestarted, StreamResumed)}
"""The client's own events, which a relay sends: its server passes on the events of a client of its own (`StreamEvent.to_sse`)."""

_OF_TEXT = frozenset({kind.event for kind in (LLMToken, LLMFinal, ErrorEvent, Completed, *_RELAYED.values())})
"""The names of events that change the text or end the answer."""
RawEvent = tuple[str, Any, str | None]
"""An event's name, its data as decoded JSON, and its time where the transport has one."""


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
        return typed_event(kind, fields, timestamp)
    except ProtocolError:
        if kind in _CARRY_TEXT:
            raise
        event = _ending(kind, data) or UnknownEvent(name)
        return attrs.evolve(event, data=fields, timestamp=timestamp)


def _ending(kind: type[AnswerEvent], data: Any) -> AnswerEvent | None:
    """The event that ends an answer although its data is not of its shape; None for an event of another kind."""
    message = data if isinstance(data, str) else ""
    return ErrorEvent(message) if kind is ErrorEvent else Completed(message) if kind is Completed else None


def decode_textless(name: str, data: Any, timestamp: str | None) -> AnswerEvent | None:
    """The event as `decode_event` gives it; None for one that changes the answer's text or ends it."""
    return None if name in _OF_TEXT else decode_event(name, data, timestamp)


def parse_envelope(frame: bytes, parse: Callable[[bytes], Any] = parse_frame) -> RawEvent:
    """The raw event of a WebSocket text frame ``{event, data, timestamp}``; raises `ProtocolError` for anything else."""
    envelope = parse(frame)
    if not isinstance(envelope, dict):
        raise ProtocolError(text("frame_not_an_event", excerpt=excerpt(frame)))
    fields = cast("dict[str, Any]", envelope)
    name, timestamp = fields.get("event"), fields.get("timestamp")
    if not isinstance(name, str):
        raise ProtocolError(text("event_without_name", excerpt=excerpt(frame)))
    return name, fields.get("data", {}), timestamp if isinstance(timestamp, str) else None


def parse_sse(name: str, data: bytes, parse: Callable[[bytes], Any] = parse_frame) -> RawEvent:
    """The raw event of a server-sent event; an unknown one may have any data, other events raise `ProtocolError` without JSON."""
    try:
        return name, parse(data), None
    except ProtocolError:
        if name in EVENT_TYPES:
            raise
        return name, {"value": data.decode("utf-8", "replace")}, None


def decode_envelope(frame: bytes) -> AnswerEvent:
    """The event of a WebSocket text frame."""
    return decode_event(*parse_envelope(frame))
