"""Decoding of large frames that repeat the text so far, which is not decoded again.

`accumulated` of a frame usually begins with that of an earlier frame, byte for byte. Such a frame is decoded with a mark in place
of the known bytes. If the mark then stands at the beginning of `accumulated` and nowhere else, the known text belongs in its
place: the result is what decoding the whole frame gives, whatever fields the frame has, in any order.
"""

from __future__ import annotations

from typing import Any, cast

import attrs

from .attempt_backoff import AttemptBackoff
from .codec import NOT_PLAIN, decode_plain, parse
from .json_strings import string_begin, string_end, text_of

MOST_IN_EVENT = 100_000
"""The most lists and objects in one event."""
LARGE = 2048
"""The bytes of a frame from which on a mark in place of the known text saves time."""
_REMEMBERED = 2
"""The most texts that are remembered: an answer's own, and that of the model's thinking."""
_MARK = "<text so far>"
_MARK_BYTES = _MARK.encode()


def parse_frame(frame: bytes) -> Any:
    """The JSON value of one event, decoded whole; raises `ProtocolError`."""
    return parse(frame, most=MOST_IN_EVENT)


@attrs.define(eq=False)
class _Known:
    """A text, and the bytes by which the server writes it inside of a JSON string."""

    raw: bytes
    decoded: str


class FrameParser:
    """Decodes the frames of one answer."""

    def __init__(self) -> None:
        self._known = list[_Known]()
        self._backoff = AttemptBackoff()

    def parse(self, frame: bytes) -> Any:
        """The JSON value of `frame`, as `parse_frame` gives it; raises `ProtocolError`."""
        if len(frame) < LARGE:
            try:
                return decode_plain(frame)
            except NOT_PLAIN:
                return parse_frame(frame)
        begin = string_begin(frame, b'"accumulated"')
        if begin is None:
            return parse_frame(frame)
        for known in self._known:
            if frame.startswith(known.raw, begin):
                value = self._parse_shortened(frame, begin, known)
                if value is not None:
                    return value
        value = parse_frame(frame)
        if self._backoff.is_due():
            self._remember(frame, begin)
        return value

    def _parse_shortened(self, frame: bytes, begin: int, known: _Known) -> Any:
        """The value of a frame that has the `known` bytes at `begin`; None if `accumulated` does not begin there."""
        end = begin + len(known.raw)
        short = frame[:begin] + _MARK_BYTES + frame[end:]
        if len(short) > LARGE or short.count(_MARK_BYTES) != 1:
            return None
        try:
            value = decode_plain(short)
        except NOT_PLAIN:
            return None
        fields = _fields_with_mark(value)
        if fields is None:
            return None
        fields["accumulated"] = known.decoded = known.decoded + fields["accumulated"].removeprefix(_MARK)
        known.raw = frame[begin : string_end(frame, end)]
        self._backoff.succeeded()
        return value

    def _remember(self, frame: bytes, begin: int) -> None:
        raw = frame[begin : string_end(frame, begin)]
        text = text_of(raw)
        if text is not None:
            self._known = [*self._known[-_REMEMBERED + 1 :], _Known(raw, text)]


def _fields_with_mark(value: Any) -> dict[str, Any] | None:
    """The object whose `accumulated` begins with the mark: the data, in an envelope or by itself."""
    envelope = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for fields in (envelope.get("data"), envelope):
        accumulated = cast("dict[str, Any]", fields).get("accumulated") if isinstance(fields, dict) else None
        if isinstance(accumulated, str) and accumulated.startswith(_MARK):
            return cast("dict[str, Any]", fields)
    return None
