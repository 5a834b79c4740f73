"""Server-sent events: bytes of any slicing in, whole frames out (WHATWG HTML §9.2).

Lines end at LF, CRLF or CR and nowhere else: U+2028 and U+0085 occur inside data. What came in one piece is read in one go, never
line by line; a frame that the stream's end cuts off is not given out.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from ..exceptions import ProtocolError
from .recovery import TOO_LARGE

_BOM = b"\xef\xbb\xbf"
_USUAL = re.compile(rb"^event: (.++)\ndata: (.*+)\n\n", re.MULTILINE)

SSEFrame: TypeAlias = tuple[bytes, bytes]
"""One event: its name (``message`` where none is given) and its data."""


class EventSourceParser:
    """Collects bytes and gives out the frames that are complete; `limit` bounds one frame's bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._at_start = True
        self._after_cr = False
        self._is_too_large = False

    def feed(self, chunk: bytes) -> list[SSEFrame]:
        """The frames that `chunk` completes; raises `ProtocolError` when one frame outgrows the limit.

        Frames that were complete before that one are given out first: `check`, or the next call, raises.
        """
        self.check()
        frames = _frames(self._within_limit(self._whole_events(self._without_bom(self._without_cr(chunk)))))
        # A last LF may be half of the empty line that ends the event.
        self._is_too_large |= len(self._rest) - self._rest.endswith(b"\n") > self._limit
        if self._is_too_large and not frames:
            raise self._too_large()
        return frames

    def check(self) -> None:
        """Raises the `ProtocolError` that is due: whoever waits for more would wait for nothing."""
        if self._is_too_large:
            raise self._too_large()

    def _without_cr(self, chunk: bytes) -> bytes:
        """`chunk` with LF line ends; a CR at the end of a chunk may be half of a CRLF."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _without_bom(self, chunk: bytes) -> bytes:
        """`chunk` without the byte order mark that a stream may begin with; nothing while that is not decided."""
        if not self._at_start:
            return chunk
        chunk = bytes(self._rest) + chunk
        self._at_start = _BOM.startswith(chunk)
        self._rest = bytearray(chunk if self._at_start else b"")
        return b"" if self._at_start else chunk.removeprefix(_BOM)

    def _whole_events(self, chunk: bytes) -> bytes:
        """All up to the last empty line; the rest waits, unread, so that drops add up in linear time."""
        end = chunk.rfind(b"\n\n") + 2
        if end == 1 and not (chunk.startswith(b"\n") and self._rest.endswith(b"\n")):
            self._rest += chunk
            return b""
        view = memoryview(chunk)
        events = b"".join((self._rest, view[:end]))
        self._rest = bytearray(view[end:])
        return events

    def _within_limit(self, events: bytes) -> bytes:
        """The `events` before the first one that is too large."""
        if len(events) <= self._limit:
            return events
        blocks = events.split(b"\n\n")
        fitting = next((index for index, block in enumerate(blocks) if len(block) > self._limit), None)
        if fitting is None:
            return events
        self._is_too_large = True
        return b"\n\n".join([*blocks[:fitting], b""])

    def _too_large(self) -> ProtocolError:
        text = f"One event is larger than max_frame_bytes allows ({self._limit:,} bytes)"
        return ProtocolError(text, details={"reason": TOO_LARGE})


def _frames(events: bytes) -> list[SSEFrame]:
    """The frames of whole events."""
    frames: list[SSEFrame] = _USUAL.findall(events)
    # Three line ends each, and no others: nothing was passed over.
    if 3 * len(frames) == events.count(b"\n"):
        return frames
    return [frame for block in events.split(b"\n\n") if (frame := _frame(block.split(b"\n"))) is not None]


def _frame(lines: list[bytes]) -> SSEFrame | None:
    """The frame of an event's lines; None without data, such as for a comment that keeps the connection alive."""
    name, data = b"message", list[bytes]()
    for line in lines:
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ") or b"message"
    return (name, b"\n".join(data)) if data else None
