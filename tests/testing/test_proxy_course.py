"""What becomes of bytes, decided without a socket or a clock."""

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
    RandomPlan,
    ResetAfter,
    Slices,
)
from aizoomdoc_client.testing.proxy.course import Course, Cut, Piece
from aizoomdoc_client.testing.proxy.frames import FrameFinder

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def course(*faults: Fault, direction: Direction = "down") -> Course:
    return Course(direction, faults, random.Random(1))


def through(steps: Sequence[Piece | Cut]) -> bytes:
    return b"".join(step.data for step in steps if isinstance(step, Piece))


def frame(size: int) -> bytes:
    if size < 126:
        return struct.pack("!BB", 0x81, size) + b"x" * size
    return (
        struct.pack("!BBH", 0x81, 126, size) + b"x" * size if size < 65536 else struct.pack("!BBQ", 0x81, 127, size) + b"x" * size
    )


def test_without_faults_bytes_go_on_as_they_come() -> None:
    """One piece, no wait."""
    assert [Piece(b"abc")] == list(course().take(b"abc"))


def test_slices_are_short_and_complete() -> None:
    """No piece is longer, and nothing is lost or turned around."""
    assert [b"abc", b"def", b"g"] == [step.data for step in course(Slices(3)).take(b"abcdefg") if isinstance(step, Piece)]


@pytest.mark.parametrize(("fault", "reset"), [(ResetAfter(4), True), (CloseAfter(4), False)])
def test_a_cut_comes_after_exactly_so_many_bytes(fault: Fault, reset: bool) -> None:
    """Whatever the pieces in which they came; the rest never goes on."""
    line = course(fault)

    assert [Piece(b"abc")] == list(line.take(b"abc"))
    assert [Piece(b"d"), Cut(reset)] == list(line.take(b"def"))
    assert 4 == line.passed


@pytest.mark.parametrize("fault", [ResetAfter(), CloseAfter()])
def test_a_cut_after_nothing_is_due_at_once(fault: Fault) -> None:
    """Before any byte."""
    assert course(fault).due() is not None


@pytest.mark.parametrize("fault", [ResetAfter(1), CloseAfter(1), HalfOpen(1, "down"), Slices(1, "down"), Latency(1, 0, "down")])
def test_the_other_direction_is_spared(fault: Fault) -> None:
    """A fault with a direction does nothing to the other one."""
    assert [Piece(b"abc")] == list(course(fault, direction="up").take(b"abc"))


def test_a_half_open_line_swallows_all_from_its_place_on() -> None:
    """The first bytes go on, the others are counted nowhere."""
    line = course(HalfOpen(2))
    before = line.is_dead

    assert [Piece(b"ab")] == list(line.take(b"abcd"))
    assert [] == list(line.take(b"e"))
    assert (False, True, 2) == (before, line.is_dead, line.passed)


def test_the_earliest_cut_counts() -> None:
    """Two cuts: the nearer one decides, whichever was named first."""
    for faults in itertools.permutations([ResetAfter(5), CloseAfter(2)]):
        assert [Piece(b"ab"), Cut(reset=False)] == list(course(*faults).take(b"abcdef"))


def test_struck_later_bytes_count_from_then() -> None:
    """What passed before does not count."""
    line = course()
    list(line.take(b"abc"))
    line.add([ResetAfter(2)])

    assert [Piece(b"de"), Cut(reset=True)] == list(line.take(b"defg"))


def test_calm_forgets_all_faults() -> None:
    """Slow, sliced, dead and about to be cut: then as if nothing had been."""
    line = course(Latency(1), Slices(1), Bandwidth(1), HalfOpen(), ResetAfter(3))
    line.calm()

    assert [Piece(b"abcd")] == list(line.take(b"abcd"))


def test_waits_are_latency_jitter_and_bandwidth() -> None:
    """The sum of what each asks for; jitter is between its bounds and the same for the same seed."""
    waits = [step.seconds for step in course(Latency(1.0, 0.5), Bandwidth(10)).take(b"x" * 20) if isinstance(step, Piece)]

    assert [1.0 + random.Random(1).uniform(0, 0.5) + 2.0] == waits


@pytest.mark.parametrize("kind", [EVENTS, SWITCHED])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_cut_in_a_frame_lets_its_beginning_through(kind: bytes, number: int) -> None:
    """All frames before it and so many bytes of its own, on both transports."""
    frames = [b"event: a\ndata: %d\n\n" % index for index in range(4)] if kind is EVENTS else [frame(200) for _ in range(4)]
    whole = b"HTTP/1.1 200 OK\r\n\r\n{ 101 }" + kind + b"".join(frames)
    steps = list(course(CutInFrame(number, bytes=5)).take(whole))

    assert whole[: whole.index(kind) + len(kind) + sum(map(len, frames[:number])) + 5] == through(steps)
    assert Cut(reset=False) == steps[-1]


def test_a_frame_cannot_be_found_in_an_open_line() -> None:
    """An error that says so, not a cut anywhere."""
    line = course()
    list(line.take(b"abc"))

    with pytest.raises(ValueError, match="connections to come"):
        line.add([CutInFrame(1)])


@given(st.lists(st.sampled_from([0, 1, 125, 126, 300, 70_000]), min_size=1, max_size=5), st.data())
def test_frames_are_found_however_the_bytes_come(sizes: list[int], data: st.DataObject) -> None:
    """Every length of a WebSocket frame, cut anywhere: the place is the same."""
    frames = [frame(size) for size in sizes]
    whole, number = SWITCHED + b"".join(frames), data.draw(st.integers(0, len(sizes) - 1))
    finder, found, at = FrameFinder(number), None, 0
    while found is None and at < len(whole):
        step = data.draw(st.integers(1, len(whole)))
        found, at = finder.feed(whole[at : at + step]), at + step

    assert len(SWITCHED) + sum(map(len, frames[:number])) == found


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20), st.integers(0, 300), st.integers(1, 50))
def test_nothing_is_lost_before_the_cut_and_nothing_comes_after(data: bytes, cuts: list[int], limit: int, size: int) -> None:
    """Sliced or not, in whatever pieces it came: what goes on is the beginning of what came."""
    line, got = course(ResetAfter(limit), Slices(size)), b""
    pieces = [
        data[start:end]
        for start, end in itertools.pairwise(
            [0, *sorted({min(sum(cuts[:n]), len(data)) for n in range(1, len(cuts))}), len(data)]
        )
    ]
    for piece in pieces:
        if line.due() is None:
            got += through(list(line.take(piece)))

    assert data[:limit] == got


def test_a_random_plan_is_the_same_for_the_same_seed() -> None:
    """And another one for another seed; some connections are spared."""
    drawn = [[RandomPlan(seed=seed)(number) for number in range(1, 60)] for seed in (1, 1, 2)]

    assert (True, False) == (drawn[0] == drawn[1], drawn[0] == drawn[2])
    assert {0, 1} == {len(faults) for faults in drawn[0]}


@pytest.mark.parametrize(
    "make", [lambda: Latency(-1), lambda: Slices(0), lambda: Bandwidth(float("nan")), lambda: ResetAfter(-1)]
)
def test_a_fault_out_of_bounds_is_refused_by_name(make: object) -> None:
    """The message names the field and the fault."""
    with pytest.raises(ValueError, match=r"\w+ of \w+ must be"):
        make()  # type: ignore[operator]  # each is a function
