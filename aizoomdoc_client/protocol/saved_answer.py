"""An answer that `Answer.to_dict` wrote, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ..answer_source import AnswerSource
from ..catalog import text
from ..events import ImageReady, ToolCall
from ..exceptions import ConfigurationError, ProtocolError
from ..models import Message
from .codec import structure
from .event_codec import decode_event

_READ: Mapping[str, Callable[[Any], Any]] = {
    "images": lambda value: tuple(_events(value, ImageReady)),
    "tool_calls": lambda value: tuple(_events(value, ToolCall)),
    "sources": lambda value: structure(value, tuple[AnswerSource, ...]),
    "notes": tuple,
    "question": lambda value: structure(value, Message),
}


def answer_fields(data: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields of the answer, those of `known` names, as its class takes them.

    Raises `ConfigurationError` for what is no saved answer.
    """
    try:
        return {name: _READ[name](value) if name in _READ else value for name, value in data.items() if name in known}
    except (ProtocolError, TypeError, AttributeError) as error:
        raise ConfigurationError(text("not_a_saved_answer", problem=str(error))) from None


def _events(value: Any, kind: type[Any]) -> list[Any]:
    events = [decode_event(kind.event, data) for data in cast("list[Any]", value)]
    return [event for event in events if isinstance(event, kind)]
