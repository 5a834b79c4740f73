"""Decides what happens to the bytes of one direction: no I/O, no clock; delays are given as seconds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import attrs

from .network_faults import Bandwidth, CloseAfter, CutInFrame, Direction, Fault, HalfOpen, Latency, ResetAfter, Slices

_HEADERS_END = b"\r\n\r\n"
_EVENT_END = b"\n\n"


@attrs.frozen
class Forward:
    """Bytes to be forwarded after `seconds`."""

    data: bytes
    seconds: float = 0.0


@attrs.frozen
class Cut:
    """The connection ends here, with a reset or a FIN."""

    reset: bool


class FaultPipeline:
    """Applies faults to the bytes of one direction; `passed` counts the bytes to be forwarded."""

    def __init__(self, direction: Direction, faults: Iterable[Fault], rng: random.Random) -> None:
        self.direction: Direction = direction
        self.passed: int = 0
        self._seen = 0
        self._rng = rng
        self._latencies: list[Latency] = []
        self._slice_size: int | None = None
        self._bytes_per_second: float | None = None
        self._drop_from: int | None = None
        self._cut_at: int | None = None
        self._cut = Cut(reset=False)
        self._frame_fault: CutInFrame | None = None
        self._frame_finder: FrameFinder | None = None
        self.add(faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Adds faults; their byte counts begin now.

        Raises `ValueError` for a `CutInFrame` when bytes have already come.
        """
        for fault in faults:
            if isinstance(fault, CutInFrame):
                self._add_frame_fault(fault)
            elif fault.direction in {None, self.direction}:
                self._add(fault)

    def clear(self) -> None:
        """Removes all faults; bytes that were dropped stay lost."""
        self._latencies, self._slice_size, self._bytes_per_second = [], None, None
        self._drop_from = self._cut_at = self._frame_fault = self._frame_finder = None

    def due_cut(self) -> Cut | None:
        """The cut whose byte count has been reached, if any."""
        return self._cut if self._cut_at is not None and self._seen >= self._cut_at else None

    @property
    def drops_all(self) -> bool:
        """Whether nothing is forwarded any more, the end of the connection included."""
        return self._drop_from is not None and self._seen >= self._drop_from

    def feed(self, data: bytes) -> Iterator[Forward | Cut]:
        """What to do with the `data` received; a cut is the last step."""
        self._find_frame(data)
        rest = memoryview(data)
        while rest and self.due_cut() is None:
            size, dropped = self._piece_size(len(rest)), self.drops_all
            piece, rest = bytes(rest[:size]), rest[size:]
            self._seen += size
            if not dropped:
                self.passed += size
                yield Forward(piece, self._delay(size))
        if (cut := self.due_cut()) is not None:
            yield cut

    def _add(self, fault: Latency | Slices | Bandwidth | ResetAfter | CloseAfter | HalfOpen) -> None:
        match fault:
            case Latency():
                self._latencies.append(fault)
            case Slices(size):
                self._slice_size = min(size, self._slice_size or size)
            case Bandwidth(rate):
                self._bytes_per_second = min(rate, self._bytes_per_second or rate)
            case HalfOpen(count):
                self._drop_from = min(self._seen + count, self._seen + count if self._drop_from is None else self._drop_from)
            case ResetAfter(count):
                self._cut_after(count, Cut(reset=True))
            case CloseAfter(count):
                self._cut_after(count, Cut(reset=False))

    def _cut_after(self, count: int, cut: Cut) -> None:
        if self._cut_at is None or self._seen + count < self._cut_at:
            self._cut_at, self._cut = self._seen + count, cut

    def _add_frame_fault(self, fault: CutInFrame) -> None:
        if self.direction != "down":
            return
        if self._seen:
            raise ValueError("CutInFrame is for connections to come: in an open one the beginning of a frame is not known")
        self._frame_fault, self._frame_finder = fault, FrameFinder(fault.frame)

    def _find_frame(self, data: bytes) -> None:
        if self._frame_finder is None or self._frame_fault is None:
            return
        start = self._frame_finder.feed(data)
        if start is not None:
            self._cut_after(start - self._seen + self._frame_fault.bytes, Cut(reset=self._frame_fault.reset))
            self._frame_finder = None

    def _piece_size(self, size: int) -> int:
        """How many of `size` bytes go into one piece: up to the next offset at which a fault begins."""
        offsets = (at - self._seen for at in (self._cut_at, self._drop_from) if at is not None and at > self._seen)
        return min(size, self._slice_size or size, *offsets)

    def _delay(self, size: int) -> float:
        delays = (latency.seconds + self._rng.uniform(0, latency.jitter) for latency in self._latencies)
        return sum(delays) + (size / self._bytes_per_second if self._bytes_per_second else 0.0)


class FrameFinder:
    """Finds where frame number `frame`, from 0, of the first streamed answer on a connection begins."""

    def __init__(self, frame: int) -> None:
        self._frames_left = frame
        self._buffer = bytearray()
        self._offset = 0  # of the first byte of the buffer
        self._kind: bytes | None = None

    def feed(self, data: bytes) -> int | None:
        """The offset of the frame's first byte from the beginning of the connection, once it is known."""
        self._buffer += data
        if self._kind is None:
            self._find_answer()
        if self._kind is None:
            return None
        skip_one = self._skip_event if self._kind == b"event-stream" else self._skip_websocket_frame
        while self._frames_left and skip_one():
            self._frames_left -= 1
        return None if self._frames_left else self._offset

    def _find_answer(self) -> None:
        """Skips other responses, up to the end of the headers of one that is a stream."""
        while (end := self._buffer.find(_HEADERS_END)) >= 0:
            status_line = max(self._buffer.rfind(b"HTTP/1.", 0, end), 0)  # leaves out the body of the response before
            headers = bytes(self._buffer[status_line:end])
            self._skip(end + len(_HEADERS_END))
            if b" 101 " in headers:
                self._kind = b"websocket"
            elif b"text/event-stream" in headers:
                self._kind = b"event-stream"
            if self._kind is not None:
                return

    def _skip_event(self) -> bool:
        end = self._buffer.find(_EVENT_END)
        if end >= 0:
            self._skip(end + len(_EVENT_END))
        return end >= 0

    def _skip_websocket_frame(self) -> bool:
        """Skips one frame of a server, which has no mask (RFC 6455 §5.2)."""
        if len(self._buffer) < 2:
            return False
        header, length = 2, self._buffer[1] & 0x7F
        if length >= 126:
            header = 4 if length == 126 else 10
            length = int.from_bytes(self._buffer[2:header], "big")
        if len(self._buffer) < header + length:
            return False
        self._skip(header + length)
        return True

    def _skip(self, count: int) -> None:
        del self._buffer[:count]
        self._offset += count
