"""Server-sent events: chunks of bytes to whole frames (WHATWG HTML §9.2).

Lines end at LF, CRLF or CR and nowhere else: U+2028 and U+0085 occur inside data. Each chunk is split into lines at once, and the
lines into frames; an incomplete frame at the stream's end is dropped.
"""

from __future__ import annotations

import itertools
from typing import TypeAlias, Unpack, cast

from ..catalog import text
from ..exceptions import ProtocolError
from .requests import RequestContext

_BOM = b"\xef\xbb\xbf"

SSEFrame: TypeAlias = tuple[bytes, bytes]
"""One event: its first line, usually its name, and the other lines, usually one line of data."""


def fields(frame: SSEFrame) -> tuple[bytes, bytes] | None:
    """An event's name (``message`` where none is given) and data; None without data: a comment keeps a connection alive."""
    name, data = b"message", list[bytes]()
    for line in b"\n".join(frame).split(b"\n"):
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ") or b"message"
    return (name, b"\n".join(data)) if data else None


class EventSourceParser:
    """Collects bytes and returns complete frames; `limit` is the most bytes of one frame, `request` is named in errors."""

    def __init__(self, limit: int, **request: Unpack[RequestContext]) -> None:
        self._limit = limit
        self._request = request
        # The incomplete event: its complete lines, the beginning of the next line, and the size of both.
        self._lines = list[bytes]()
        self._unfinished_line = bytearray()
        self._size = 0
        self._at_start = True
        self._after_cr = False
        self._is_too_large = False

    def feed(self, chunk: bytes) -> list[SSEFrame]:
        """The frames that `chunk` completes, none unless one of them has data.

        Raises `ProtocolError` when one frame exceeds the limit. Frames that were complete before it are returned first:
        `check`, or the next call, raises.
        """
        self.check()
        frames = self._frames(self._without_bom(self._without_cr(chunk)))
        if any(map(_has_data, frames)):  # usually the first has
            return frames
        self.check()
        return []

    def check(self) -> None:
        """Raises the pending `ProtocolError`, if a frame exceeded the limit."""
        if self._is_too_large:
            raise ProtocolError(text("frame_too_large"), **self._request)

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
        chunk = bytes(self._unfinished_line) + chunk
        self._at_start = _BOM.startswith(chunk)
        self._unfinished_line = bytearray(chunk if self._at_start else b"")
        return b"" if self._at_start else chunk.removeprefix(_BOM)

    def _frames(self, chunk: bytes) -> list[SSEFrame]:
        """The frames up to the last empty line; the lines after it are kept, so that small chunks cost linear time."""
        buffered = self._size + len(chunk)
        first, *lines = chunk.split(b"\n")
        self._unfinished_line += first
        if lines:
            lines.insert(0, bytes(self._unfinished_line))
            self._unfinished_line = bytearray(lines.pop())
        if b"" in lines:
            events, is_usual, self._lines = _cut([*self._lines, *lines])
            self._size = sum(map(len, self._lines)) + len(self._lines) + len(self._unfinished_line)
        else:
            events, is_usual, self._size = list[tuple[bytes, ...]](), True, buffered
            self._lines += lines
        if buffered > self._limit:
            events = self._within_limit(events)
        return cast("list[SSEFrame]", events) if is_usual else [_as_frame(event) for event in events]

    def _within_limit(self, events: list[tuple[bytes, ...]]) -> list[tuple[bytes, ...]]:
        """The events before the first one that is too large."""
        fitting = list(itertools.takewhile(lambda lines: len(b"\n".join(filter(None, lines))) <= self._limit, events))
        # A last LF may be half of the empty line that ends the event.
        self._is_too_large = len(fitting) < len(events) or self._size - (not self._unfinished_line) > self._limit
        return fitting


def _cut(lines: list[bytes]) -> tuple[list[tuple[bytes, ...]], bool, list[bytes]]:
    """The lines of each whole event, whether all of them have two, and the lines of the event that is not whole yet."""
    count = len(lines) // 3 * 3
    if not any(lines[2:count:3]) and b"" not in lines[count:]:  # as servers write them: a name, data, an empty line
        return list(zip(lines[0:count:3], lines[1:count:3], strict=True)), True, lines[count:]
    events, begin = list[tuple[bytes, ...]](), 0
    for _ in range(lines.count(b"")):
        end = lines.index(b"", begin)
        if end > begin:
            events.append(tuple(lines[begin:end]))
        begin = end + 1
    return events, False, lines[begin:]


def _as_frame(lines: tuple[bytes, ...]) -> SSEFrame:
    """Two lines that mean what these do: the name and the data if there is one of each, else the first line and the others."""
    name = data = None
    for line in lines:
        if line[:4] == b"data":
            if data is not None or line[4:5] != b":":
                break
            data = line
        elif line[:5] == b"event":
            if name is not None or line[5:6] != b":":
                break
            name = line
    else:
        if name is not None and data is not None:
            return name, data
    return lines[0], b"\n".join(lines[1:])


def _has_data(frame: SSEFrame) -> bool:
    return frame[1].startswith(b"data:") or fields(frame) is not None
