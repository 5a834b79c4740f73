"""Frames of JSON to typed events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

import attrs

from ..catalog import text
from ..draft import Draft
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
from .codec import parse, structure
from .redaction import excerpt

MOST_IN_EVENT = 100_000
"""The most lists and objects in one event."""
EVENT_TYPES: Mapping[str, type[AnswerEvent]] = {kind.event: kind for kind in get_args(ServerEvent)}
"""The server's events by their names on the wire."""
_TEXT_OF: Mapping[type[AnswerEvent], Sequence[str]] = {LLMToken: ("token",), LLMFinal: ("content",)}
"""The fields without which an event that carries text cannot be read."""
_RELAYED: Mapping[str, type[AnswerEvent]] = {kind.event: kind for kind in (AnswerRestarted, StreamResumed)}
"""A client's own events, which come from a server that passes on what its client gave it (`StreamEvent.to_sse`)."""


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
        event = structure(fields, kind)
    except ProtocolError:
        if kind in _TEXT_OF:
            # What is wrong with the other fields is no reason to lose the text.
            event = structure({name: fields.get(name) for name in _TEXT_OF[kind]}, kind)
        else:
            event = _ending(kind, data) or UnknownEvent(name)
    if isinstance(event, LLMToken):
        accumulated, so_far = fields.get("accumulated"), Draft()
        so_far.pieces.append(accumulated if isinstance(accumulated, str) else event.token)
        event = attrs.evolve(event, draft=so_far, pieces=1)
    return attrs.evolve(event, data=fields, timestamp=timestamp)


def _ending(kind: type[AnswerEvent], data: Any) -> AnswerEvent | None:
    """The event that ends an answer although its data is not of its shape; None for an event of another kind."""
    message = data if isinstance(data, str) else ""
    return ErrorEvent(message) if kind is ErrorEvent else Completed(message) if kind is Completed else None


def decode_envelope(frame: bytes) -> AnswerEvent:
    """The event of a WebSocket text frame ``{event, data, timestamp}``; raises `ProtocolError` for anything else."""
    envelope = parse(frame, most=MOST_IN_EVENT)
    if not isinstance(envelope, dict):
        raise ProtocolError(text("frame_not_an_event", excerpt=excerpt(frame)))
    fields = cast("dict[str, Any]", envelope)
    name, timestamp = fields.get("event"), fields.get("timestamp")
    if not isinstance(name, str):
        raise ProtocolError(text("event_without_name", excerpt=excerpt(frame)))
    return decode_event(name, fields.get("data", {}), timestamp if isinstance(timestamp, str) else None)


def decode_data(name: str, data: bytes) -> AnswerEvent:
    """The event of a server-sent event's name and data; an unknown one may carry anything, JSON or not."""
    try:
        return decode_event(name, parse(data, most=MOST_IN_EVENT))
    except ProtocolError:
        if name in EVENT_TYPES:
            raise
        return UnknownEvent(name, data={"value": data.decode("utf-8", "replace")})
