"""The typed fields of an event, from what a server sent: quickly where they have the documented types, leniently where not.

A field that cannot be read is left out if it has a default, and a field without one may be missing where another one has its
content (`_NEEDED_UNLESS`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args, get_origin, get_type_hints

import attrs

from ..events import AnswerEvent, ImageReady, LLMThinking, LLMToken
from ..exceptions import ProtocolError
from .codec import structure

_NEEDED_UNLESS: Mapping[type[AnswerEvent], tuple[str, str]] = {
    LLMToken: ("token", "accumulated"),
    LLMThinking: ("content", "accumulated"),
    ImageReady: ("block_id", "url"),
}
"""For an event the field that it needs, unless the second one is a text."""


@attrs.frozen
class _Field:
    """A field of an event class: its name, the types of JSON that it takes as they are, and whether it has no default."""

    name: str
    types: frozenset[type]
    is_needed: bool


def typed_event(kind: type[AnswerEvent], sent: dict[str, Any], timestamp: str | None) -> AnswerEvent:
    """The event of that kind; raises `ProtocolError` when it needs a field that is missing or cannot be read."""
    values, make = _values(kind, sent), cast("Any", kind)
    if values is None:
        return attrs.evolve(_read_leniently(kind, sent), data=sent, timestamp=timestamp)
    if kind is LLMToken and not values.get("synthetic"):
        return LLMToken.received(values["token"], values.get("model"), sent, timestamp)
    event: AnswerEvent = make(**values, data=sent, timestamp=timestamp)
    return event


def _values(kind: type[AnswerEvent], sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of the fields that were sent, if none is missing and all have the documented types."""
    values = dict[str, Any]()
    for field in _FIELDS[kind]:
        value = sent.get(field.name)
        if value is None:
            if field.is_needed:
                return None
        elif type(value) in field.types:
            values[field.name] = value
        else:
            return None
    return values


def _read_leniently(kind: type[AnswerEvent], sent: dict[str, Any]) -> AnswerEvent:
    needed, other = _NEEDED_UNLESS.get(kind, ("", ""))
    if sent.get(needed) is None and isinstance(sent.get(other), str):
        sent = {**sent, needed: ""}
    try:
        return structure(sent, kind)
    except ProtocolError:
        return _read_field_by_field(kind, sent)


def _read_field_by_field(kind: type[AnswerEvent], sent: Mapping[str, Any]) -> AnswerEvent:
    """The event of those fields that can be read; raises `ProtocolError` when one that it needs cannot."""
    readable = {field.name: sent.get(field.name) for field in _FIELDS[kind] if field.is_needed}
    event = structure(readable, kind)
    for field in _FIELDS[kind]:
        more = {**readable, field.name: sent.get(field.name)}
        try:
            event, readable = structure(more, kind), more
        except ProtocolError:
            continue
    return event


def _fields_of(kind: Any) -> Sequence[_Field]:
    hints, own = get_type_hints(kind), (field for field in attrs.fields(kind) if not field.name.startswith("_"))
    return [_Field(field.name, _types(hints[field.name]), field.default is attrs.NOTHING) for field in own]


def _types(hint: Any) -> frozenset[type]:
    """The types of JSON that need no change."""
    if get_origin(hint) is get_origin(Mapping[str, Any]):
        return frozenset({dict})
    if get_origin(hint) is tuple:
        return frozenset()
    return frozenset({str, int, float} & {hint, *get_args(hint)})


_FIELDS: Mapping[type[AnswerEvent], Sequence[_Field]] = {kind: _fields_of(kind) for kind in get_args(AnswerEvent)}
