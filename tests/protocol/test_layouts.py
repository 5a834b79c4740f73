"""Any layout of frames: every way of decoding gives the events of plain JSON, and no frame is decoded the slow way for long."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from aizoomdoc_client.events import AnswerEvent, LLMThinking, LLMToken
from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.protocol import codec, repeated_text, transcript as transcript_module
from aizoomdoc_client.protocol.eventsource import EventSourceParser
from aizoomdoc_client.protocol.transcript import Frame, Transcript
from benchmarks import wire
from benchmarks.layouts import LAYOUTS
from tests.protocol.frames import SlowTranscript, slowly_parsed
from tests.protocol.growth import FACTOR, LINEAR, growth
from tests.protocol.test_transcript_properties import CHARS

TEXT_KEYS = ("token", "accumulated", "content", "<token>", "<text>", "<time>", "<text so far>")
PIECES = st.lists(st.sampled_from(["a", "\\", '"', "\n", "é", "😀", "</", *TEXT_KEYS, *CHARS]), max_size=4).map("".join)
LONG = "длинный текст " * 200
"""More than frames have to have before their known text is left out."""
NAMES = st.sampled_from(["token", "accumulated", "content", "timestamp", "event", "data", "index", "model", "x"])
VALUES = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(TEXT_KEYS) | PIECES, lambda inner: st.dictionaries(NAMES, inner)
)


@attrs.frozen
class Writing:
    """How a server writes: the order of fields, further fields that stay or vary, and what it leaves out."""

    sse: bool
    ascii: bool
    accumulates: bool
    timed: bool
    order: Sequence[int]
    constant: dict[str, Any]
    varying: str
    around: str

    def frame(self, event: str, data: dict[str, Any], number: int) -> Frame:
        own = {**{name: value for name, value in self.constant.items() if name not in data}, **data}
        if self.varying:
            own[self.varying] = number
        if self.sse:
            return b"event: " + event.encode(), b"data: " + self._json(own)
        envelope = {"event": event, "data": own, **({"timestamp": f"2025-03-04T05:06:{number % 60:02}.5Z"} if self.timed else {})}
        if self.around:
            envelope[self.around] = {"token": "x", "accumulated": "y"} if number % 3 else number
        return self._json(envelope)

    def _json(self, fields: dict[str, Any]) -> bytes:
        names = sorted(fields, key=lambda name: (self.order[len(name) % len(self.order)], name))
        text = json.dumps({name: fields[name] for name in names}, ensure_ascii=self.ascii)
        return text.encode("utf-8", "backslashreplace")


WRITINGS = st.builds(
    Writing,
    sse=st.booleans(),
    ascii=st.booleans(),
    accumulates=st.booleans(),
    timed=st.booleans(),
    order=st.permutations(range(5)),
    constant=st.dictionaries(NAMES.filter(lambda name: name not in {"accumulated", "token", "content"}), VALUES, max_size=2),
    varying=st.sampled_from(["", "", "index", "timestamp"]),
    around=st.sampled_from(["", "", "id", "meta"]),
)


def written(how: Writing, rounds: Sequence[Sequence[str]], *, thinks: bool, begins: str) -> list[Frame]:
    """The frames of rounds of tokens, each of which starts from empty, and of the thinking between them."""
    frames, number, thought = list[Frame](), itertools.count(), ""
    for pieces in rounds:
        text = begins
        for piece in [begins, *pieces]:
            text = text if piece is begins else text + piece
            so_far = {"accumulated": text} if how.accumulates else {}
            frames.append(how.frame("llm_token", {"token": piece, **so_far}, next(number)))
            if thinks:
                thought += f"{piece}?"
                so_far = {"accumulated": thought} if how.accumulates else {}
                frames.append(how.frame("llm_thinking", {"content": f"{piece}?", **so_far}, next(number)))
    return frames


def batches(frames: Sequence[Frame], sizes: Sequence[int]) -> list[Sequence[Frame]]:
    cuts = [0, *itertools.accumulate(itertools.islice(itertools.cycle(sizes), len(frames)))]
    return [frames[start:end] for start, end in itertools.pairwise(cuts) if start < len(frames)]


def outcome(transcript: Transcript, parts: Sequence[Sequence[Frame]]) -> list[object]:
    """All events with data, time and text so far, and the error that ended them."""
    events, error = list[AnswerEvent](), ""
    for frames in parts:
        try:
            transcript.take(frames, events)
        except APIError as failed:
            error = str(failed)
            break
    texts = [event.accumulated if isinstance(event, LLMToken) else "" for event in events]
    return [
        *((event, event.data, event.timestamp, text) for event, text in zip(events, texts, strict=True)),
        error,
        transcript.text,
    ]


@given(
    WRITINGS,
    st.lists(st.lists(PIECES, max_size=6), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from(["", "a", LONG]),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
@settings(max_examples=500)
def test_any_layout_in_any_batches_is_read_as_json_says(
    how: Writing, rounds: Sequence[Sequence[str]], thinks: bool, begins: str, sizes: Sequence[int]
) -> None:
    """Predicted, shortened or plainly decoded: events, data, times and text are those of the standard library's decoder."""
    frames = written(how, rounds, thinks=thinks, begins=begins)

    assert outcome(SlowTranscript(), [frames]) == outcome(Transcript(), batches(frames, sizes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud83d", "\ude00", "\ud83d\ude00"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | NAMES, inner),
)


@given(
    st.tuples(
        JSON,
        st.booleans(),
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from([b'"', b"\\", b"\xff", b"\\ud83d", b"1e999"]))),
    )
)
@settings(max_examples=300)
def test_json_is_parsed_as_by_the_standard_library(case: tuple[Any, bool, list[tuple[int, bytes]]]) -> None:
    """The same value or the same error, also of what is almost JSON."""
    value, escaped, changes = case
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "backslashreplace")
    for at, with_ in changes:
        body = body[:at] + with_ + body[at:]

    def result(parse: Any) -> object:
        try:
            return repr(parse(body))
        except APIError as error:
            return str(error)

    assert result(slowly_parsed) == result(codec.parse)


def layout_frames(name: str, *, sse: bool) -> list[Frame]:
    """The frames of one of the benchmarks' streams."""
    parser = EventSourceParser(1 << 24)
    return (
        [frame for text in wire.server_sent(name) for frame in parser.feed(text.encode())] if sse else list(wire.envelopes(name))
    )


@pytest.mark.parametrize("sse", [False, True], ids=["websocket", "sse"])
@pytest.mark.parametrize("kind", ["small", "grow"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_measured_layouts_are_read_as_json_says(layout: str, kind: str, sse: bool) -> None:
    """Each layout of the benchmarks gives all its tokens, as the standard library's decoder does."""
    frames = layout_frames(f"{kind}-400-{layout}".removesuffix("-"), sse=sse)
    fast = outcome(Transcript(), batches(frames, [64, 1, 7]))

    assert outcome(SlowTranscript(), [frames]) == fast
    assert 400 == sum(isinstance(event[0], LLMToken) for event in fast if isinstance(event, tuple))


@pytest.mark.parametrize("sse", [False, True], ids=["websocket", "sse"])
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in {"extra", "extra-envelope"}])
def test_layouts_are_learned(layout: str, sse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long round in a layout of constant parts, few frames are decoded as JSON: the first of each kind, and the last two."""
    parsed = list[bytes]()
    monkeypatch.setattr(transcript_module, "parse_raw", lambda frame, parse: parsed.append(frame) or PARSE_RAW(frame, parse))
    outcome(Transcript(), [layout_frames(f"grow-400-{layout}".removesuffix("-"), sse=sse)])

    assert len(parsed) <= 8


PARSE_RAW = transcript_module.parse_raw


@pytest.mark.parametrize("sse", [False, True], ids=["websocket", "sse"])
@pytest.mark.parametrize("layout", ["extra", "extra-envelope"])
def test_what_cannot_be_learned_is_decoded_without_its_known_text(
    layout: str, sse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where something else varies in each frame, the bytes that are decoded do not grow with the text."""
    sizes = list[int]()

    def decode(frame: bytes) -> Any:
        sizes.append(len(frame))
        return codec.decode_plain(frame)

    monkeypatch.setattr(repeated_text, "decode_plain", decode)
    frames = layout_frames(f"grow-2000-{layout}", sse=sse)
    outcome(Transcript(), batches(frames, [100]))

    assert max(sizes) <= repeated_text.LARGE


@pytest.mark.parametrize("sse", [False, True], ids=["websocket", "sse"])
def test_known_text_in_another_field_is_not_taken_for_the_answers(sse: bool) -> None:
    """Where a nested object has the text so far as well, the data's own `accumulated` counts."""
    elsewhere = {"meta": {"accumulated": f"{LONG}x"}, "token": "y", "accumulated": "other"}
    data = [{"token": LONG, "accumulated": LONG, "n": 1}, {"token": "a", "accumulated": f"{LONG}a", "n": 2}, elsewhere]
    frames: list[Frame] = [
        (b"event: llm_token", b"data: " + json.dumps(fields).encode()) if sse else wire.envelope("llm_token", fields)
        for fields in data
    ]

    assert outcome(SlowTranscript(), [frames]) == outcome(Transcript(), [frames])


@pytest.mark.parametrize("layout", ["no-accumulated", "extra"])
def test_a_long_answer_without_accumulated_costs_linear_time(layout: str) -> None:
    """A delta costs its own length, however long the text is already, whether its frame is predicted or not."""
    more = {"index": 0} if layout == "extra" else {}
    made = [wire.envelope("llm_token", {"token": "piece of text ", **dict.fromkeys(more, n)}) for n in range(1000 * FACTOR)]

    def read(amount: int) -> None:
        transcript, events = Transcript(), list[AnswerEvent]()
        for start in range(0, amount, 100):
            transcript.take(made[start : start + 100], events)
        assert amount == len(events)

    assert growth(read, 1000) < LINEAR


def test_a_long_answer_in_odd_deltas_costs_linear_time() -> None:
    """The general way, which a backslash at the end of each delta takes where the layout varies, is no exception."""
    made = [wire.envelope("llm_token", {"token": f"{'piece ' * 60}{number}\\", "x": number}) for number in range(500 * FACTOR)]

    def read(amount: int) -> None:
        transcript, events = Transcript(), list[AnswerEvent]()
        transcript.take(made[:amount], events)
        assert amount == len(events)

    assert growth(read, 500) < LINEAR


def test_a_rerun_without_accumulated_costs_linear_time() -> None:
    """What a re-run repeats is compared where it stands, not from the beginning each time."""
    made = [wire.envelope("llm_token", {"token": "piece of text "}) for _ in range(500 * FACTOR)]

    def read(amount: int) -> None:
        transcript, events = Transcript(), list[AnswerEvent]()
        transcript.take(made[:amount], events)
        transcript.begin_rerun()
        for start in range(0, amount, 100):
            transcript.take(made[start : min(start + 100, amount)], events)
        assert amount < len(events) + 2

    assert growth(read, 500) < LINEAR


def test_thinking_keeps_what_the_server_says() -> None:
    """Thinking that starts again, or that has no `accumulated`, is given as it came."""
    texts = [("a", "a"), ("b", "ab"), ("c", "c"), ("d", "cd"), ("e", None), ("f", None), ("g", "cdefg")]
    frames = [wire.envelope("llm_token", {"token": "x", "accumulated": "x"})]
    frames += [wire.envelope("llm_thinking", {"content": content, "accumulated": so_far}) for content, so_far in texts]
    events = list[AnswerEvent]()
    Transcript().take(frames, events)

    assert texts == [(event.content, event.accumulated) for event in events if isinstance(event, LLMThinking)]
