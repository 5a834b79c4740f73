"""The ids of streams and of their events, as a backend makes them and as browsers send them back."""

from __future__ import annotations

import re
import secrets

import attrs

__all__ = ["READ_AGAIN_IDS", "RelayStream", "as_event_id", "is_stream_id", "new_stream_id"]

_BYTES = 24
READ_AGAIN_IDS = 1 << 40
"""Among so many numbers the ids begin of an answer that is read from the chat's history."""
_STREAM_ID = re.compile(r"[\w-]{32}", re.ASCII)
MOST_DIGITS = 18
"""The most digits of an event's id; a longer number is no id."""


@attrs.frozen
class RelayStream:
    """An answer that a relay reads: by its `id` its owner's viewers find it."""

    id: str
    chat_id: str


def new_stream_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def is_stream_id(text: str) -> bool:
    """Whether `new_stream_id` could have made it; a browser may send anything."""
    return _STREAM_ID.fullmatch(text) is not None


def as_event_id(after: int | str | None) -> int:
    """The number of the last event that a browser has; 0, for none, for what is no number of an event."""
    if isinstance(after, int):
        return after if 0 < after < 10**MOST_DIGITS else 0
    given = after or ""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= MOST_DIGITS else 0
