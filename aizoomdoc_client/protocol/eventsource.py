"""Server-sent events: bytes of any slicing in, whole frames out (WHATWG HTML §9.2).

Lines end at LF, CRLF or CR and nowhere else: U+2028 and U+0085 occur inside data. Chunks are parsed whole, never line by line;
a frame that the stream's end cuts off is not given out.
"""

from __future__ import annotations

from typing import NamedTuple

from ..exceptions import ProtocolError
from .recovery import TOO_LARGE

_BOM = b"\xef\xbb\xbf"


class SSEFrame(NamedTuple):
    """One event: its name (``message`` where none is given) and its data."""

    name: bytes
    data: bytes


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

        Frames that were complete before that one are given out first: the next call raises.
        """
        if self._is_too_large:
            raise self._too_large()
        frames = list[SSEFrame]()
        for block in self._blocks(self._without_cr(chunk)):
            if len(block) > self._limit:
                self._is_too_large = True
                break
            if (frame := _frame(block)) is not None:
                frames.append(frame)
        # A last LF may be half of the empty line that ends the event.
        self._is_too_large |= len(self._rest) - self._rest.endswith(b"\n") > self._limit
        if self._is_too_large and not frames:
            raise self._too_large()
        return frames

    def _blocks(self, chunk: bytes) -> list[bytes]:
        """The blocks between empty lines that `chunk` completes; the rest waits, unread, so that drops add up in linear time."""
        is_inside = b"\n\n" not in chunk and not (chunk.startswith(b"\n") and self._rest.endswith(b"\n"))
        self._rest += chunk
        if is_inside and not self._at_start:
            return []
        text = bytes(self._rest)
        if self._at_start:
            if _BOM.startswith(text):
                return []
            text = text.removeprefix(_BOM)
            self._at_start = False
        *blocks, rest = text.split(b"\n\n")
        self._rest = bytearray(rest)
        return blocks

    def _without_cr(self, chunk: bytes) -> bytes:
        """`chunk` with LF line ends; a CR at the end of a chunk may be half of a CRLF."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _too_large(self) -> ProtocolError:
        text = f"One event is larger than max_frame_bytes allows ({self._limit:,} bytes)"
        return ProtocolError(text, details={"reason": TOO_LARGE})


def _frame(block: bytes) -> SSEFrame | None:
    """The frame of a block of lines; None for a block without data, such as a comment that keeps the connection alive."""
    head, separator, data = block.partition(b"\ndata: ")
    if separator and head.startswith(b"event: ") and b"\n" not in head and b"\n" not in data:
        return SSEFrame(head[7:] or b"message", data)
    return _frame_of_lines(block.split(b"\n"))


def _frame_of_lines(lines: list[bytes]) -> SSEFrame | None:
    name, data = b"message", list[bytes]()
    for line in lines:
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ") or b"message"
    return SSEFrame(name, b"\n".join(data)) if data else None
