"""The ids of streams, as a backend makes them and as browsers send them back."""

from __future__ import annotations

import re
import secrets

import attrs

__all__ = ["RelayStream", "is_stream_id", "new_stream_id"]

_BYTES = 24
_STREAM_ID = re.compile(r"[\w-]{32}", re.ASCII)


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
