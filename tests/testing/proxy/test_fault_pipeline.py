"""What happens to bytes, decided without a socket or a clock."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.testing.proxy import (
    Bandwidth,
    CloseAfter,
    CutInFrame,
    Direction,
    Fault,
    HalfOpen,
    Latency,
    ResetAfter,
    Slices,
)
from aizoomdoc_client.testing.proxy.fault_pipeline import Cut, FaultPipeline, Forward, FrameFinder

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def pipeline(*faults: Fault, direction: Direction = "down") -> FaultPipeline:
    return FaultPipeline(direction, faults, random.Random(1))


def through(steps: Sequence[Forward | Cut]) -> bytes:
    return b"".join(step.data for step in steps if isinstance(step, Forward))


def frame(size: int) -> bytes:
    if size < 126:
        return struct.pack("!BB", 0x81, size) + b"x" * size
    return (
        struct.pack("!BBH", 0x81, 126, size) + b"x" * size if size < 65536 else struct.pack("!BBQ", 0x81, 127, size) + b"x" * size
    )


def test_without_faults_bytes_are_forwarded_as_they_come() -> None:
    """One piece, no delay."""
    assert [Forward(b"abc")] == list(pipeline().feed(b"abc"))


def test_slices_are_short_and_complete() -> None:
    """No piece is longer, and nothing is lost or reordered."""
    assert [b"abc", b"def", b"g"] == [step.data for step in pipeline(Slices(3)).feed(b"abcdefg") if isinstance(step, Forward)]


@pytest.mark.parametrize(("fault", "reset"), [(ResetAfter(4), True), (CloseAfter(4), False)])
def test_a_cut_comes_after_exactly_so_many_bytes(fault: Fault, reset: bool) -> None:
    """In whatever pieces they come; the rest is never forwarded."""
    faulty = pipeline(fault)

    assert [Forward(b"abc")] == list(faulty.feed(b"abc"))
    assert [Forward(b"d"), Cut(reset)] == list(faulty.feed(b"def"))
    assert 4 == faulty.passed


@pytest.mark.parametrize("fault", [ResetAfter(), CloseAfter()])
def test_a_cut_after_zero_bytes_is_due_at_once(fault: Fault) -> None:
    """Before any byte."""
    assert pipeline(fault).due_cut() is not None


@pytest.mark.parametrize("fault", [ResetAfter(1), CloseAfter(1), HalfOpen(1, "down"), Slices(1, "down"), Latency(1, 0, "down")])
def test_a_fault_with_a_direction_leaves_the_other_one_alone(fault: Fault) -> None:
    """Its bytes are forwarded as they come."""
    assert [Forward(b"abc")] == list(pipeline(fault, direction="up").feed(b"abc"))


def test_half_open_drops_everything_after_its_byte_count() -> None:
    """The bytes before are forwarded, those after are not counted."""
    faulty = pipeline(HalfOpen(2))
    before = faulty.drops_all

    assert [Forward(b"ab")] == list(faulty.feed(b"abcd"))
    assert [] == list(faulty.feed(b"e"))
    assert (False, True, 2) == (before, faulty.drops_all, faulty.passed)


def test_the_earliest_cut_counts() -> None:
    """Of two cuts the one with fewer bytes applies, whichever was given first."""
    for faults in itertools.permutations([ResetAfter(5), CloseAfter(2)]):
        assert [Forward(b"ab"), Cut(reset=False)] == list(pipeline(*faults).feed(b"abcdef"))


def test_a_fault_added_later_counts_bytes_from_then() -> None:
    """Bytes that passed before do not count."""
    faulty = pipeline()
    list(faulty.feed(b"abc"))
    faulty.add([ResetAfter(2)])

    assert [Forward(b"de"), Cut(reset=True)] == list(faulty.feed(b"defg"))


def test_clear_removes_all_faults() -> None:
    """Delays, slices, half-open and cuts: afterwards bytes are forwarded as they come."""
    faulty = pipeline(Latency(1), Slices(1), Bandwidth(1), HalfOpen(), ResetAfter(3))
    faulty.clear()

    assert [Forward(b"abcd")] == list(faulty.feed(b"abcd"))


def test_the_delay_is_latency_jitter_and_bandwidth() -> None:
    """The sum of all three; jitter is within its bounds and the same for the same seed."""
    delays = [step.seconds for step in pipeline(Latency(1.0, 0.5), Bandwidth(10)).feed(b"x" * 20) if isinstance(step, Forward)]

    assert [1.0 + random.Random(1).uniform(0, 0.5) + 2.0] == delays


@pytest.mark.parametrize("kind", [EVENTS, SWITCHED])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_cut_in_a_frame_forwards_its_beginning(kind: bytes, number: int) -> None:
    """All frames before it and the given number of its own bytes, on both transports."""
    frames = [b"event: a\ndata: %d\n\n" % index for index in range(4)] if kind is EVENTS else [frame(200) for _ in range(4)]
    whole = b"HTTP/1.1 200 OK\r\n\r\n{ 101 }" + kind + b"".join(frames)
    steps = list(pipeline(CutInFrame(number, bytes=5)).feed(whole))

    assert whole[: whole.index(kind) + len(kind) + sum(map(len, frames[:number])) + 5] == through(steps)
    assert Cut(reset=False) == steps[-1]


def test_a_frame_cannot_be_found_on_an_open_connection() -> None:
    """The error says so; no cut is made elsewhere."""
    faulty = pipeline()
    list(faulty.feed(b"abc"))

    with pytest.raises(ValueError, match="connections to come"):
        faulty.add([CutInFrame(1)])


@given(st.lists(st.sampled_from([0, 1, 125, 126, 300, 70_000]), min_size=1, max_size=5), st.data())
def test_frames_are_found_however_the_bytes_come(sizes: list[int], data: st.DataObject) -> None:
    """The offset is the same for every length of a WebSocket frame and for bytes split anywhere."""
    frames = [frame(size) for size in sizes]
    whole, number = SWITCHED + b"".join(frames), data.draw(st.integers(0, len(sizes) - 1))
    finder, found, at = FrameFinder(number), None, 0
    while found is None and at < len(whole):
        step = data.draw(st.integers(1, len(whole)))
        found, at = finder.feed(whole[at : at + step]), at + step

    assert len(SWITCHED) + sum(map(len, frames[:number])) == found


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20), st.integers(0, 300), st.integers(1, 50))
def test_all_bytes_before_the_cut_are_forwarded_and_none_after(data: bytes, cuts: list[int], limit: int, size: int) -> None:
    """Sliced or not, in whatever pieces it came: what is forwarded is the beginning of what was received."""
    faulty, got = pipeline(ResetAfter(limit), Slices(size)), b""
    pieces = [
        data[start:end]
        for start, end in itertools.pairwise(
            [0, *sorted({min(sum(cuts[:n]), len(data)) for n in range(1, len(cuts))}), len(data)]
        )
    ]
    for piece in pieces:
        if faulty.due_cut() is None:
            got += through(list(faulty.feed(piece)))

    assert data[:limit] == got
