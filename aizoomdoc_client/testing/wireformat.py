"""How values look on the wire: JSON in one of its spellings, event frames, dates."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class WireFormat:
    """A spelling of JSON: Python's spaced or compact separators, raw UTF-8 or ASCII escapes, and the order of a frame's keys."""

    compact: bool = False
    ascii_only: bool = False
    frame_keys: tuple[str, ...] = ("event", "data", "timestamp")

    def json(self, value: Any) -> bytes:
        """`value` as JSON; lone surrogates, which UTF-8 cannot carry, are escaped."""
        separators = (",", ":") if self.compact else (", ", ": ")
        text = json.dumps(value, ensure_ascii=self.ascii_only, separators=separators)
        return text.encode("utf-8", errors="backslashreplace")

    def sse(self, name: str, data: Any) -> bytes:
        """One server-sent event."""
        return b"event: " + name.encode() + b"\ndata: " + self.json(data) + b"\n\n"

    def frame(self, name: str, data: Any) -> bytes:
        """The text of one WebSocket frame."""
        values = {"event": name, "data": data, "timestamp": wire_date(datetime.now(UTC))}
        return self.json({key: values[key] for key in self.frame_keys})


def wire_date(moment: datetime, *, naive: bool = False) -> str:
    """A UTC date in ISO 8601, with six digits of fraction or none, and with ``Z`` or, if `naive`, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + ("" if naive else "Z")
