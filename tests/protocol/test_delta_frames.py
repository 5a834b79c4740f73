"""Frames made to mislead the fast path: it leaves them to the full decoder, or agrees with it."""

from __future__ import annotations

import contextlib

import pytest

from aizoomdoc_client.draft import Draft
from aizoomdoc_client.events import AnswerEvent, LLMToken
from aizoomdoc_client.exceptions import ProtocolError
from aizoomdoc_client.protocol.delta_frames import DeltaFrameReader
from aizoomdoc_client.protocol.delta_texts import DeltaTextCache, delta_text_cache
from aizoomdoc_client.protocol.eventsource import SSEFrame
from aizoomdoc_client.protocol.repeated_text import FrameParser
from aizoomdoc_client.protocol.run_text import RunText
from aizoomdoc_client.protocol.transcript import Transcript
from tests.protocol.frames import SHAPES, SlowTranscript, outcomes

COMPACT = SHAPES[0]
HONEST = b'{"token":"c","accumulated":"abc"}'
SSE_HONEST = b"data: " + HONEST

DATA: dict[str, tuple[bytes, str]] = {
    "an honest one": (HONEST, "abc"),
    "another text of the right length": (b'{"token":"c","accumulated":"xbc"}', "xbc"),
    "another end of the right length": (b'{"token":"c","accumulated":"abd"}', "abd"),
    "a text that is too long": (b'{"token":"c","accumulated":"abcd"}', "abcd"),
    "a text that is too short": (b'{"token":"cd","accumulated":"abc"}', "abc"),
    "a text without the draft": (b'{"token":"c","accumulated":"c"}', "c"),
    "quotes in the token": (
        rb'{"token":"\",\"accumulated\":\"ab","accumulated":"ab\",\"accumulated\":\"ab"}',
        'ab","accumulated":"ab',
    ),
    "a frame within the token": (
        rb'{"token":"\"},\"timestamp\":\"","accumulated":"ab\"},\"timestamp\":\""}',
        'ab"},"timestamp":"',
    ),
    "a quote that a backslash precedes": (rb'{"token":"c\\","accumulated":"abc\\"}', "abc"),
    "a backslash that precedes a quote": (rb'{"token":"\\\"","accumulated":"ab\\\""}', 'ab\\"'),
    "token twice": (b'{"token":"c","token":"c","accumulated":"abc"}', "abc"),
    "token twice, the last another": (b'{"token":"c","accumulated":"abc","token":"d"}', "abc"),
    "accumulated twice, the last another": (b'{"token":"c","accumulated":"abc","accumulated":"abX"}', "abX"),
    "accumulated twice, the first another": (b'{"token":"c","accumulated":"abX","accumulated":"abc"}', "abc"),
    "model twice": (b'{"token":"c","accumulated":"abc","model":"m","model":"n"}', "abc"),
    "an unknown field at the end": (b'{"token":"c","accumulated":"abc","newer":{"token":"d"}}', "abc"),
    "an unknown field at the beginning": (b'{"newer":1,"token":"c","accumulated":"abc"}', "abc"),
    "another order": (b'{"accumulated":"abc","token":"c"}', "abc"),
    "a field name with an escape": (rb'{"\u0074oken":"c","accumulated":"abc"}', "abc"),
    "the same letter escaped": (rb'{"token":"\u0063","accumulated":"ab\u0063"}', "abc"),
    "the same letter escaped once": (rb'{"token":"c","accumulated":"ab\u0063"}', "abc"),
    "the draft escaped": (rb'{"token":"c","accumulated":"\u0061bc"}', "abc"),
    "half a character": (rb'{"token":"\ud83d","accumulated":"ab\ud83d"}', "ab"),
    "the other half alone": (rb'{"token":"\ude00","accumulated":"ab\ude00"}', "ab\ufffd"),
    "an escape that is none": (rb'{"token":"\q","accumulated":"ab\q"}', "ab"),
    "an escape cut short": (rb'{"token":"\u12","accumulated":"ab\u12"}', "ab"),
    "an escaped control character": (b'{"token":"\\\x01","accumulated":"ab\\\x01"}', "ab"),
    "a raw control character": (b'{"token":"\n","accumulated":"ab\n"}', "ab"),
    "invalid UTF-8 in the token": (b'{"token":"\xff","accumulated":"ab\xff"}', "ab"),
    "a surrogate as UTF-8": (b'{"token":"\xed\xa0\xbd","accumulated":"ab\xed\xa0\xbd"}', "ab"),
    "invalid UTF-8 in the model": (b'{"token":"c","accumulated":"abc","model":"\xff"}', "ab"),
    "a model with an escape": (rb'{"token":"c","accumulated":"abc","model":"\u006d"}', "abc"),
    "a model that is a number": (b'{"token":"c","accumulated":"abc","model":5}', "abc"),
    "an empty model": (b'{"token":"c","accumulated":"abc","model":""}', "abc"),
    "a vertical tab for a space": (b'{"token":\x0b"c","accumulated":"abc"}', "ab"),
    "a form feed for a space": (b'{"token":"c",\x0c"accumulated":"abc"}', "ab"),
    "a tab for a space": (b'{"token":\t"c",\n"accumulated":\r"abc"}', "abc"),
    "more spaces": (b'{ "token" : "c" , "accumulated" : "abc" }', "abc"),
    "a number for a text": (b'{"token":5,"accumulated":"ab5"}', "ab5"),
    "a list for a text": (b'{"token":["c"],"accumulated":"abc"}', "ab"),
    "garbage at the end": (b'{"token":"c","accumulated":"abc"}}', "ab"),
    "a comma at the end": (b'{"token":"c","accumulated":"abc",}', "ab"),
    "cut off": (b'{"token":"c","accumulated":"abc"', "ab"),
}
"""Data of a third frame, after ``ab``, and the text that it makes."""

ENVELOPES: dict[str, tuple[bytes, str]] = {
    "an event twice, the last another": (b'{"event":"llm_token","data":%s,"timestamp":"t","event":"newer"}' % HONEST, "ab"),
    "data twice, the last another": (b'{"event":"llm_token","data":%s,"timestamp":"t","data":{"token":"d"}}' % HONEST, "abd"),
    "no time": (b'{"event":"llm_token","data":%s}' % HONEST, "abc"),
    "a time that is null": (b'{"event":"llm_token","data":%s,"timestamp":null}' % HONEST, "abc"),
    "a time that is none": (
        b'{"event":"llm_token","data":%s,"timestamp":"\xd0\xb2\xd1\x87\xd0\xb5\xd1\x80\xd0\xb0"}' % HONEST,
        "abc",
    ),
    "a time with an escape": (b'{"event":"llm_token","data":%s,"timestamp":"2025-03-04T05:06:07\\u005a"}' % HONEST, "abc"),
    "invalid UTF-8 in the time": (b'{"event":"llm_token","data":%s,"timestamp":"\xff"}' % HONEST, "ab"),
    "an unknown field": (b'{"event":"llm_token","data":%s,"timestamp":"t","newer":1}' % HONEST, "abc"),
    "another order of the envelope": (b'{"data":%s,"event":"llm_token","timestamp":"t"}' % HONEST, "abc"),
    "garbage after the envelope": (b'{"event":"llm_token","data":%s,"timestamp":"t"} x' % HONEST, "ab"),
    "a line end after the envelope": (b'{"event":"llm_token","data":%s,"timestamp":"t"}\n' % HONEST, "abc"),
    "a byte order mark": (b'\xef\xbb\xbf{"event":"llm_token","data":%s,"timestamp":"t"}' % HONEST, "ab"),
    "two frames in one": (b'{"event":"llm_token","data":%s,"timestamp":"t"}' % HONEST * 2, "ab"),
}


def agreed_text(before: list[bytes | SSEFrame], frame: bytes | SSEFrame) -> str:
    """The text after `frame`, and after one more, on which both paths agree."""
    fast, slow, more = Transcript(), SlowTranscript(), [*before, frame]
    assert outcomes(slow, more) == outcomes(fast, more)
    text = fast.text
    after = [(COMPACT if isinstance(frame, bytes) else SHAPES[4]).token("!", f"{text}!")]
    assert outcomes(slow, after) == outcomes(fast, after)
    assert f"{text}!" == fast.text == slow.text
    return text


@pytest.mark.parametrize(("data", "text"), DATA.values(), ids=DATA)
@pytest.mark.parametrize("sse", [False, True], ids=["websocket", "sse"])
def test_data_that_could_fool_is_read_as_json_says(data: bytes, text: str, sse: bool) -> None:
    """The fast path gives the same events or error, and the same state, as decoding the whole frame."""
    shape = SHAPES[4] if sse else COMPACT
    lines = (b"event: llm_token", b"data: " + data.replace(b"\n", b"\ndata: "))
    frame = lines if sse else b'{"event":"llm_token","data":%s,"timestamp":"2025-03-04T05:06:07Z"}' % data

    assert text == agreed_text([shape.token("a", "a"), shape.token("b", "ab")], frame)


@pytest.mark.parametrize(("frame", "text"), ENVELOPES.values(), ids=ENVELOPES)
def test_envelope_that_could_fool_is_read_as_json_says(frame: bytes, text: str) -> None:
    """As above, for the envelope around the data."""
    assert text == agreed_text([COMPACT.token("a", "a"), COMPACT.token("b", "ab")], frame)


def test_token_data_of_another_event_is_no_token() -> None:
    """Only frames with the event name of a token are read as tokens."""
    frame = (b"event: newer", b"data: " + HONEST)

    assert "ab" == agreed_text([SHAPES[4].token("a", "a"), SHAPES[4].token("b", "ab")], frame)


def test_only_lines_of_data_are_data() -> None:
    """A line of a server-sent event without a field name is ignored, although with it the data would be a token."""
    frame = (b"event: llm_token", b'data: {"token":"c",\n"accumulated":"abc"}')

    assert "ab" == agreed_text([SHAPES[4].token("a", "a"), SHAPES[4].token("b", "ab")], frame)


WEBSOCKET = b'{"event":"llm_token","data":{"token":"b","accumulated":"ab"},"timestamp":"2025-03-04T05:06:07Z"}'
SSE = b'data: {"token":"b","accumulated":"ab"}'


def prediction(frame: bytes, text: str = "ab", held: str = "") -> tuple[DeltaFrameReader, RunText]:
    """A reader that has learned from `frame`, after which the text is `text`."""
    reader, run = DeltaFrameReader(), RunText()
    run.draft, run.held = Draft(text), held
    reader.learn(frame, run)
    return reader, run


def read(reader: DeltaFrameReader, run: RunText, *frames: bytes) -> list[AnswerEvent]:
    """The events of the frames that are as predicted, up to the first one that is not."""
    events = list[AnswerEvent]()
    assert reader.read([*frames, b""], run, events, decode_thinking=lambda _: None, decode_textless=lambda _: None) == len(events)
    return events


@pytest.mark.parametrize("last", [WEBSOCKET, SSE], ids=["websocket", "sse"])
@pytest.mark.parametrize(
    "frame", [b"", b"{", b"[]", HONEST[:-2], HONEST, SSE_HONEST[:-2], b'{"event":"llm_token"', b"\x00" * 50, b"\x00" * 500]
)
def test_what_was_not_foretold_changes_nothing(last: bytes, frame: bytes) -> None:
    """A frame that does not match leaves the draft unchanged, and the next matching one is read."""
    reader, run = prediction(last)

    assert ([], "ab") == (read(reader, run, frame), run.draft.text())
    assert [LLMToken("c")] == read(reader, run, last.replace(b'"b"', b'"c"').replace(b"ab", b"abc"))


def test_tokens_are_taken_into_the_draft() -> None:
    """The reader gives the events, and predicts each next frame from the one before."""
    reader, run = prediction(b'data: {"token":"b","accumulated":"ab","model":"m"}')
    frames = [rb'data: {"token":"%b","accumulated":"ab%b","model":"m"}' % piece for piece in [(rb"\"", rb"\""), (b"c", rb"\"c")]]

    assert ([LLMToken('"', "m"), LLMToken("c", "m")], 'ab"c') == (read(reader, run, *frames), run.draft.text())


def test_a_backslash_is_held_back_and_comes_with_the_next_delta() -> None:
    """A backslash at the end may be half of an escape; if the text goes on as it is written, it was none."""
    reader, run = prediction(SSE)
    frames = [
        rb'data: {"token":"%b","accumulated":"ab%b"}' % piece
        for piece in [(rb"c\\", rb"c\\"), (b"", rb"c\\"), (rb"\\", rb"c\\\\"), (b"d", rb"c\\\\d")]
    ]

    assert ["c", "", "\\", "\\d"] == [event.token for event in read(reader, run, *frames) if isinstance(event, LLMToken)]
    assert ("abc\\\\d", "") == (run.draft.text(), run.held)


def test_frame_of_another_text_foretells_nothing() -> None:
    """A layout is of use only if `accumulated` is what the answer's text is."""
    reader, run = prediction(SSE, "a")

    assert (False, []) == (reader.is_ready, read(reader, run, SSE_HONEST))


def test_known_texts_are_few_and_right() -> None:
    """The cache of deltas is limited, and each entry has its own text."""
    known = DeltaTextCache(3)

    found = [(known[piece], len(known)) for piece in [b"a", b"b", rb"\n", b"a", b"\xff", b"a", rb"\n"]]

    assert [("a", 1), ("b", 2), ("\n", 3), ("a", 3), (None, 1), ("a", 2), ("\n", 3)] == found


def test_long_pieces_are_not_kept() -> None:
    """A huge delta is not cached beyond its answer."""
    piece, (reader, run) = b"c" * 1000, prediction(SSE)

    found = read(reader, run, b'data: {"token":"%b","accumulated":"ab%b"}' % (piece, piece))

    assert ([LLMToken(piece.decode())], False) == (found, piece in delta_text_cache)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "data",
    [
        b'{"token":"' + b"\\\\" * 500_000,
        b'{"token":"' + b'a","token":"' * 100_000,
        b'{"token":"' + b'\\"' * 500_000 + b'"}',
        b'{"accumulated":"' + b'\\"' * 500_000 + b'"}',
    ],
)
def test_hostile_frame_takes_linear_time(data: bytes) -> None:
    """A megabyte that almost matches a token is rejected in linear time."""
    reader, run = prediction(SSE)

    assert [] == read(reader, run, b"data: " + data)
    prediction(b"data: " + data, "")
    with contextlib.suppress(ProtocolError):
        FrameParser().parse(data)
