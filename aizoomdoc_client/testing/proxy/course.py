"""What becomes of the bytes that go in one direction: no I/O, no clock; the waits come out as seconds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import attrs

from .faults import Bandwidth, CloseAfter, CutInFrame, Direction, Fault, HalfOpen, Latency, ResetAfter, Slices
from .frames import FrameFinder


@attrs.frozen
class Piece:
    """Bytes that go on after `seconds`."""

    data: bytes
    seconds: float = 0.0


@attrs.frozen
class Cut:
    """The connection ends here."""

    reset: bool


class Course:
    """The fate of one direction's bytes; `passed` counts those that went through."""

    def __init__(self, direction: Direction, faults: Iterable[Fault], rng: random.Random) -> None:
        self.direction: Direction = direction
        self.passed: int = 0
        self._seen = 0
        self._rng = rng
        self._latencies: list[Latency] = []
        self._size: int | None = None
        self._bytes_per_second: float | None = None
        self._dead_from: int | None = None
        self._cut_at: int | None = None
        self._cut = Cut(reset=False)
        self._frame: CutInFrame | None = None
        self._finder: FrameFinder | None = None
        self.add(faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """From now on these faults too; what counts bytes begins at 0 now."""
        for fault in faults:
            if isinstance(fault, CutInFrame):
                self._find(fault)
            elif fault.direction in {None, self.direction}:
                self._add(fault)

    def calm(self) -> None:
        """Forgets everything; what was swallowed is gone."""
        self._latencies, self._size, self._bytes_per_second = [], None, None
        self._dead_from = self._cut_at = self._frame = self._finder = None

    def due(self) -> Cut | None:
        """The cut that is due, if one is."""
        return self._cut if self._cut_at is not None and self._seen >= self._cut_at else None

    @property
    def is_dead(self) -> bool:
        """Whether nothing gets through any more, the end included."""
        return self._dead_from is not None and self._seen >= self._dead_from

    def take(self, data: bytes) -> Iterator[Piece | Cut]:
        """What happens with `data`, which came; a cut is the last."""
        self._look_for_frame(data)
        rest = memoryview(data)
        while rest and self.due() is None:
            size, dead = self._room(len(rest)), self.is_dead
            piece, rest = bytes(rest[:size]), rest[size:]
            self._seen += size
            if not dead:
                self.passed += size
                yield Piece(piece, self._seconds(size))
        if (cut := self.due()) is not None:
            yield cut

    def _add(self, fault: Latency | Slices | Bandwidth | ResetAfter | CloseAfter | HalfOpen) -> None:
        match fault:
            case Latency():
                self._latencies.append(fault)
            case Slices(size):
                self._size = min(size, self._size or size)
            case Bandwidth(rate):
                self._bytes_per_second = min(rate, self._bytes_per_second or rate)
            case HalfOpen(count):
                self._dead_from = min(self._seen + count, self._seen + count if self._dead_from is None else self._dead_from)
            case ResetAfter(count):
                self._cut_after(count, Cut(reset=True))
            case CloseAfter(count):
                self._cut_after(count, Cut(reset=False))

    def _cut_after(self, count: int, cut: Cut) -> None:
        if self._cut_at is None or self._seen + count < self._cut_at:
            self._cut_at, self._cut = self._seen + count, cut

    def _find(self, fault: CutInFrame) -> None:
        if self.direction != "down":
            return
        if self._seen:
            raise ValueError("CutInFrame is for connections to come: in an open one frames cannot be told apart any more")
        self._frame, self._finder = fault, FrameFinder(fault.frame)

    def _look_for_frame(self, data: bytes) -> None:
        if self._finder is None or self._frame is None:
            return
        start = self._finder.feed(data)
        if start is not None:
            self._cut_after(start - self._seen + self._frame.bytes, Cut(reset=self._frame.reset))
            self._finder = None

    def _room(self, size: int) -> int:
        """How much of so many bytes goes on as one piece: up to the next place where something changes."""
        places = (place - self._seen for place in (self._cut_at, self._dead_from) if place is not None and place > self._seen)
        return min(size, self._size or size, *places)

    def _seconds(self, size: int) -> float:
        waits = (latency.seconds + self._rng.uniform(0, latency.jitter) for latency in self._latencies)
        return sum(waits) + (size / self._bytes_per_second if self._bytes_per_second else 0.0)
