"""Server-sent events: the same frames however the bytes are split."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given, strategies as st

from aizoomdoc_client.exceptions import ProtocolError
from aizoomdoc_client.protocol.eventsource import EventSourceParser, fields

LIMIT = 1 << 20


Event = tuple[bytes, bytes]


def parsed(*chunks: bytes, limit: int = LIMIT) -> list[Event]:
    """The names and data of the events in `chunks`."""
    parser = EventSourceParser(limit)
    return [event for chunk in chunks for event in read(parser, chunk)]


def read(parser: EventSourceParser, chunk: bytes) -> list[Event]:
    return [event for frame in parser.feed(chunk) if (event := fields(frame)) is not None]


def reference(stream: bytes) -> list[Event]:
    """The standard's algorithm, step by step, over the whole stream; a CR at its very end counts as a whole line end."""
    frames, name, data = list[Event](), b"", list[bytes]()
    lines = re.split(rb"\r\n|\n|\r", stream.removeprefix(b"\xef\xbb\xbf"))
    for line in lines[:-1]:  # the last one has no end and is dropped
        if not line:
            if data:
                frames.append((name or b"message", b"\n".join(data)))
            name, data = b"", []
            continue
        field, _, value = line.partition(b":")
        value = value[1:] if value.startswith(b" ") else value
        if field == b"event":
            name = value
        elif field == b"data":
            data.append(value)
    return frames


USUAL = b"event: a\ndata: x\n\n"
CASES: dict[str, tuple[bytes, list[tuple[bytes, bytes]]]] = {
    "a server's usual event": (b"event: llm_token\ndata: {}\n\n", [(b"llm_token", b"{}")]),
    "data alone": (b"data: x\n\n", [(b"message", b"x")]),
    "an empty name": (b"event: \ndata: x\n\n", [(b"message", b"x")]),
    "an empty name without a space": (b"event:\ndata: x\n\n", [(b"message", b"x")]),
    "no spaces": (b"event:a\ndata:x\n\n", [(b"a", b"x")]),
    "more spaces": (b"event:  a\ndata:  x\n\n", [(b" a", b" x")]),
    "a field without a colon": (b"event: a\ndata\n\n", [(b"a", b"")]),
    "empty data": (b"data:\n\n", [(b"message", b"")]),
    "two empty lines of data": (b"data:\ndata:\n\n", [(b"message", b"\n")]),
    "several lines of data": (b"event: a\ndata: x\ndata: y\n\n", [(b"a", b"x\ny")]),
    "data before the name": (b"data: x\nevent: a\n\n", [(b"a", b"x")]),
    "the last name counts": (b"event: a\nevent: b\ndata: x\n\n", [(b"b", b"x")]),
    "a name does not outlive its event": (b"event: a\n\ndata: x\n\n", [(b"message", b"x")]),
    "a name without data": (b"event: a\n\n", []),
    "a comment": (b": ping\n\n", []),
    "a comment inside": (b"event: a\n: ping\ndata: x\n\n", [(b"a", b"x")]),
    "id, retry, and fields of tomorrow": (b"id: 1\nretry: 5\nfuture: 1\nevent: a\ndata: x\n\n", [(b"a", b"x")]),
    "a name that only begins like one": (b"events: a\ndatas: y\ndata: x\n\n", [(b"message", b"x")]),
    "a colon in the data": (b"data: a: b\n\n", [(b"message", b"a: b")]),
    "a name of the fast shape inside data": (b"data: x\ndata: event: a\n\n", [(b"message", b"x\nevent: a")]),
    "CRLF": (b"event: a\r\ndata: x\r\n\r\n", [(b"a", b"x")]),
    "CR": (b"event: a\rdata: x\r\r", [(b"a", b"x")]),
    "all line ends": (b"event: a\rdata: x\r\ndata: y\n\r\n", [(b"a", b"x\ny")]),
    "many empty lines": (b"\n\n\r\n\rdata: x\n\n\n\n\ndata: y\n\n", [(b"message", b"x"), (b"message", b"y")]),
    "a comment between usual events": (USUAL + b": ping\n\n" + USUAL, [(b"a", b"x")] * 2),
    "a line more in one of the usual events": (USUAL + b"id: 1\n" + USUAL + USUAL, [(b"a", b"x")] * 3),
    "a line more at the end of one": (USUAL + USUAL[:-1] + b"data: y\n\n" + USUAL, [(b"a", b"x"), (b"a", b"x\ny"), (b"a", b"x")]),
    "a name that is not at its line's beginning": (USUAL + b"x" + USUAL, [(b"a", b"x"), (b"message", b"x")]),
    "an empty line more before a usual event": (b"\n" + USUAL + b"\n" + USUAL, [(b"a", b"x")] * 2),
    "a usual event in the data of another": (b"data: " + USUAL, [(b"message", b"event: a\nx")]),
    "many in one chunk": (b"data: x\n\n" * 500, [(b"message", b"x")] * 500),
    "a byte order mark": (b"\xef\xbb\xbfdata: x\n\n", [(b"message", b"x")]),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\ndata: y\n\n", [(b"message", b"y")]),
    "a later byte order mark": (b"data: \xef\xbb\xbfx\n\n", [(b"message", b"\xef\xbb\xbfx")]),
    "half a byte order mark": (b"\xef\xbbdata: x\n\ndata: y\n\n", [(b"message", b"y")]),
    "U+2028, U+2029, U+0085, VT, FF, NUL": (
        "data: a\u2028b\u2029c\u0085d\x0be\x0cf\x00g\n\n".encode(),
        [(b"message", "a\u2028b\u2029c\u0085d\x0be\x0cf\x00g".encode())],
    ),
    "invalid UTF-8": (b"data: \xff\xfe\n\n", [(b"message", b"\xff\xfe")]),
    "nothing": (b"", []),
    "cut off before the empty line": (b"data: x\n\ndata: y\n", [(b"message", b"x")]),
    "cut off inside a line": (b"data: x\n\ndata: y", [(b"message", b"x")]),
    "cut off inside a name": (b"event", []),
}


@pytest.mark.parametrize(("stream", "expected"), CASES.values(), ids=CASES)
def test_events_are_read_as_the_standard_says(stream: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    """The frames of a whole stream; an event cut off by the stream's end is ignored."""
    assert expected == parsed(stream)


@pytest.mark.parametrize("stream", [stream for stream, _ in CASES.values()], ids=CASES)
def test_reference_agrees_with_the_cases(stream: bytes) -> None:
    """The reference parser of these tests gives the expected frames."""
    assert next(frames for text, frames in CASES.values() if text == stream) == reference(stream)


@pytest.mark.parametrize("stream", [stream for stream, _ in CASES.values()], ids=CASES)
def test_single_bytes_give_the_same_frames(stream: bytes) -> None:
    """A stream that arrives byte by byte gives the same frames."""
    assert parsed(stream) == parsed(*(stream[index : index + 1] for index in range(len(stream))))


@pytest.mark.parametrize("stream", [stream for stream, _ in CASES.values() if len(stream) < 100])
def test_every_cut_in_two_gives_the_same_frames(stream: bytes) -> None:
    """Wherever a stream is cut: inside a CRLF, a byte order mark, a name."""
    assert [parsed(stream)] * (len(stream) + 1) == [parsed(stream[:cut], b"", stream[cut:]) for cut in range(len(stream) + 1)]


PIECES = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"data",
        b"event",
        b"id",
        b":",
        b" ",
        b"x",
        b": c",
        b"data: x",
        b"event: a",
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xbb",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\x00",
        b"event: a\ndata: x\n\n",
    ]
)
STREAMS = st.lists(PIECES | st.binary(max_size=3), max_size=30).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 100)))
@example(b"data: x\r\n\r\n", [8, 9, 10])
def test_any_slicing_gives_the_frames_of_the_reference(stream: bytes, cuts: list[int]) -> None:
    """Any bytes in any chunks give the frames of the reference parser for the whole."""
    bounds = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(bounds)]

    assert b"".join(chunks) == stream
    assert reference(stream) == parsed(*chunks)


@pytest.mark.parametrize("chunk", [b": ping\n\n", b": ping\n\n: ping\n\n", b"event: a\n\n", b"\n\n\n", b"id: 1\nretry: 5\n\n"])
def test_what_has_no_data_is_no_sign_of_the_answer(chunk: bytes) -> None:
    """Keep-alive comments give no frame, so that the idle limit still applies."""
    parser = EventSourceParser(LIMIT)

    assert ([], [(b"event: a", b"data: x")]) == (parser.feed(chunk), parser.feed(USUAL))


LARGE = b"event: a\ndata: " + b"x" * 100 + b"\n\n"


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_frame_up_to_the_limit_is_given_out(size: int) -> None:
    """The limit is the size of one event, not of one chunk."""
    stream = LARGE * 3

    assert 3 == len(parsed(*(stream[at : at + size] for at in range(0, len(stream), size)), limit=len(LARGE) - 2))


@pytest.mark.parametrize("end", [b"\n\n", b"", b"\n", b"\r"])
@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_frame_over_the_limit_is_an_error_after_what_came_before(size: int, end: bytes) -> None:
    """Frames before the too large one are returned for any chunks; after them there is an error."""
    stream = b"data: y\n\n" + LARGE.rstrip() + end
    parser, frames, codes = EventSourceParser(len(LARGE) - 3), list[Event](), list[str]()
    for chunk in [*(stream[at : at + size] for at in range(0, len(stream), size)), b"data: z\n\n", b"data: z\n\n"]:
        try:
            frames += read(parser, chunk)
        except ProtocolError as error:
            codes.append(error.code)

    assert [(b"message", b"y")] == frames
    assert "frame_too_large" in codes


@pytest.mark.timeout(5)
def test_large_event_in_small_drops_takes_linear_time() -> None:
    """A megabyte in 60,000 pieces is read in much less time than a copy of it for each piece would take."""
    drop = b"x" * 17
    parser = EventSourceParser(2 * LIMIT)
    parser.feed(b"data: ")
    for _ in range(60_000):
        parser.feed(drop)

    assert [(b"message", drop * 60_000)] == read(parser, b"\n\n")
