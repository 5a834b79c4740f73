"""Where an answer's frames begin in the bytes of a connection."""

from __future__ import annotations

_HEAD_END = b"\r\n\r\n"
_EVENT_END = b"\n\n"


class FrameFinder:
    """Finds where frame number `frame`, from 0, of the first answer on a connection begins."""

    def __init__(self, frame: int) -> None:
        self._left = frame
        self._rest = bytearray()
        self._offset = 0  # of the first byte of `_rest`
        self._kind: bytes | None = None

    def feed(self, data: bytes) -> int | None:
        """The place of the frame's first byte, counted from the connection's, once it is known."""
        self._rest += data
        if self._kind is None:
            self._find_answer()
        if self._kind is None:
            return None
        step = self._skip_event if self._kind == b"event-stream" else self._skip_frame
        while self._left and step():
            self._left -= 1
        return None if self._left else self._offset

    def _find_answer(self) -> None:
        """Skips other responses until the head of one that is a stream."""
        while (end := self._rest.find(_HEAD_END)) >= 0:
            head = bytes(self._rest[max(self._rest.rfind(b"HTTP/1.", 0, end), 0) : end])  # without the last response's body
            self._skip(end + len(_HEAD_END))
            if b" 101 " in head:
                self._kind = b"websocket"
            elif b"text/event-stream" in head:
                self._kind = b"event-stream"
            if self._kind is not None:
                return

    def _skip_event(self) -> bool:
        end = self._rest.find(_EVENT_END)
        if end >= 0:
            self._skip(end + len(_EVENT_END))
        return end >= 0

    def _skip_frame(self) -> bool:
        """One WebSocket frame of a server, which is not masked (RFC 6455 §5.2)."""
        if len(self._rest) < 2:
            return False
        head, length = 2, self._rest[1] & 0x7F
        if length >= 126:
            head = 4 if length == 126 else 10
            length = int.from_bytes(self._rest[2:head], "big")
        if len(self._rest) < head + length:
            return False
        self._skip(head + length)
        return True

    def _skip(self, count: int) -> None:
        del self._rest[:count]
        self._offset += count
