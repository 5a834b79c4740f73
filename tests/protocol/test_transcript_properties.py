"""Properties of transcripts for arbitrary servers."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import attrs
from hypothesis import example, given, settings, strategies as st

from aizoomdoc_client.events import AnswerEvent, LLMFinal, LLMToken, StreamResumed
from aizoomdoc_client.protocol.answer_state import AnswerState
from aizoomdoc_client.protocol.eventsource import EventSourceParser
from aizoomdoc_client.protocol.transcript import Frame, Transcript
from tests.protocol.frames import MISSING, SHAPES, Reader, Shape, SlowTranscript, outcomes

CHARS = ["a", "b", '"', "\\", "\n", "é", "😀", "\ud83d", "\ude00", "\u2028", "n", "{", ","]
TEXTS = st.lists(st.sampled_from(CHARS) | st.characters(codec=None), max_size=12).map("".join)


@attrs.frozen
class Token:
    token: str
    accumulated: Any = MISSING
    more: dict[str, Any] = attrs.field(factory=dict[str, Any])

    def written(self, shape: Shape) -> Frame:
        return shape.token(self.token, self.accumulated, **self.more)


@attrs.frozen
class News:
    def written(self, shape: Shape) -> Frame:
        return shape.frame("phase_started", {"phase": "llm"})


@attrs.frozen
class Rerun:
    """A drop, after which the model runs again."""


Step = Token | News | Rerun


def unescaped(raw: str) -> str:
    """A server's text of a part of escaped JSON: complete escapes are decoded, an incomplete one at the end stays."""
    return re.sub(r'\\(u[0-9a-f]{4}|["\\/bfnrt])', lambda found: json.loads(f'"{found[0]}"'), raw)


@st.composite
def rounds(draw: st.DrawFn) -> list[Step]:
    """One round of a server that splits the escaped JSON of its answer anywhere, also inside escapes and characters."""
    text = draw(TEXTS)
    raw = json.dumps(text, ensure_ascii=draw(st.booleans()))[1:-1] if draw(st.booleans()) else None
    source = text if raw is None else raw
    bounds = sorted({0, len(source), *draw(st.lists(st.integers(0, len(source)), max_size=6))})
    read = (lambda part: part) if raw is None else unescaped
    accumulates = draw(st.sampled_from([True, True, True, False, None]))
    steps = list[Step]()
    for start, end in itertools.pairwise(bounds):
        accumulated = {True: read(source[:end]), False: MISSING, None: None}[accumulates]
        steps.append(Token(read(source[start:end]), accumulated, draw(st.sampled_from([{}, {"model": "m"}, {"newer": 1}]))))
    return steps


WILD = st.builds(Token, TEXTS, TEXTS | st.just(MISSING) | st.none() | st.just(5))
"""Inconsistent tokens: deltas and accumulated texts that are unrelated."""

SCRIPTS = st.lists(rounds() | st.lists(WILD | st.builds(News) | st.builds(Rerun), max_size=4), max_size=4).map(
    lambda parts: [step for part in parts for step in part]
)
ENDS = TEXTS | st.none()
"""The final text; None for the text of the tokens."""


def joined(text: str) -> str:
    """The text with surrogate pairs joined."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@attrs.define
class Oracle:
    """A reference implementation: the text after each step."""

    text: str = ""
    run: str = ""
    repeats: bool = False

    def step(self, step: Step) -> None:
        if isinstance(step, Rerun):
            self.run, self.repeats = "", True
        elif isinstance(step, Token):
            if isinstance(step.accumulated, str):
                self.run = replaced(re.sub("[\ud800-\udbff]\\Z", "", joined(step.accumulated)))
            else:
                self.run += replaced(joined(step.token))
            target = self.run.removesuffix("\\")
            if not (self.repeats and self.text != target and self.text.startswith(target)):
                self.text, self.repeats = target, False


def replaced(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def play(script: list[Step], shape: Shape, reader: Reader) -> None:
    oracle = Oracle()
    for step in script:
        if isinstance(step, Rerun):
            reader.transcript.begin_rerun()
        else:
            reader.feed(step.written(shape))
        oracle.step(step)
        assert oracle.text == reader.folded


@given(SCRIPTS, ENDS, st.sampled_from(SHAPES))
@example([Token("a", "a"), Token("b"), Rerun(), Token("a"), Token("b"), Token("c")], None, SHAPES[0])
@settings(max_examples=400)
def test_folding_gives_the_text_and_the_final_text_at_the_end(script: list[Step], end: str | None, shape: Shape) -> None:
    """For any server the text after each frame is that of the reference, and finally the final text."""
    reader = Reader()
    play(script, shape, reader)
    final = reader.folded if end is None else end
    reader.feed(shape.frame("llm_final", {"content": final}))
    reader.feed(shape.frame("completed", {}))
    reader.check_moments()

    assert replaced(joined(final)) == reader.folded
    assert reader.transcript.ended


@given(SCRIPTS, ENDS, st.booleans())
@settings(max_examples=200)
def test_a_relay_passes_on_the_same_text(script: list[Step], end: str | None, accumulated: bool) -> None:
    """A client that reads what another client's `to_sse` wrote has its text at every moment, whatever the first server did.

    But for a backslash at its end, which is held back until it is known not to begin an escape that a server has cut.
    """
    first, second, parser = Reader(), Reader(), EventSourceParser(10**6)

    def pass_on(events: list[AnswerEvent]) -> None:
        for event in events:
            for frame in parser.feed(event.to_sse(accumulated=accumulated).encode()):
                second.feed(frame)

    for step in script:
        if isinstance(step, Rerun):
            first.transcript.begin_rerun()
            pass_on([StreamResumed("rerun", "reset")])
        else:
            pass_on(first.feed(step.written(SHAPES[0])))
        assert first.folded in {second.folded, f"{second.folded}\\"}
    pass_on(first.feed(SHAPES[0].frame("llm_final", {"content": first.folded if end is None else end})))
    pass_on(first.feed(SHAPES[0].frame("completed", {})))

    assert (first.folded, True) == (second.folded, second.transcript.ended)


@given(SCRIPTS, st.sampled_from(SHAPES))
@settings(max_examples=200)
def test_slow_way_gives_the_same_events(script: list[Step], shape: Shape) -> None:
    """The fast path changes no result: events, data and times are the same without it, frame by frame."""
    fast, slow = Transcript(), SlowTranscript()
    for step in script:
        if isinstance(step, Rerun):
            fast.begin_rerun()
            slow.begin_rerun()
        else:
            frame = [step.written(shape)]
            assert outcomes(slow, frame) == outcomes(fast, frame)
    assert slow.text == fast.text


@given(SCRIPTS, st.sampled_from(SHAPES), st.sampled_from(SHAPES))
@settings(max_examples=50)
def test_writing_makes_no_difference(script: list[Step], one: Shape, other: Shape) -> None:
    """The same frames by WebSocket or as server-sent events, escaped or raw, spaced or compact, give the same events."""
    readers = Reader(), Reader()
    for reader, shape in zip(readers, (one, other), strict=True):
        play(script, shape, reader)

    assert readers[0].events == readers[1].events


@given(SCRIPTS, ENDS)
@settings(max_examples=50)
def test_answer_state_follows_the_transcript(script: list[Step], end: str | None) -> None:
    """An answer's state, folded from the events, has the transcript's text at every moment, however often it is asked."""
    transcript, state = Transcript(), AnswerState()
    for number, step in enumerate(script):
        if isinstance(step, Rerun):
            transcript.begin_rerun()
            continue
        for event in transcript.feed(step.written(SHAPES[0])):
            state.fold([event])
        if number % 3:
            assert transcript.text == state.text
    for event in transcript.feed(SHAPES[0].frame("llm_final", {"content": transcript.text if end is None else end})):
        state.fold([event])

    assert (transcript.text, transcript.final) == (state.text, state.final)
    assert isinstance(state.final, LLMFinal)


MANGLE = st.tuples(
    st.sampled_from(["cut", "insert", "replace", "repeat"]),
    st.integers(0, 400),
    st.sampled_from(
        [
            *(char.encode("utf-8", "surrogatepass") for char in CHARS),
            b"\x0b",
            b"\x00",
            b"\xff",
            b'"',
            b'":"',
            b"\\u00e9",
            b"}",
            b'","accumulated":"a',
        ]
    ),
)


def mangled(body: bytes, way: str, place: int, with_: bytes) -> bytes:
    at = place % (len(body) + 1)
    return {
        "cut": body[:at] + body[at + 1 :],
        "insert": body[:at] + with_ + body[at:],
        "replace": body[:at] + with_ + body[at + len(with_) :],
        "repeat": body[:at] + body[at - 5 : at] + body[at:],
    }[way]


@given(rounds(), st.sampled_from(SHAPES), st.lists(MANGLE, min_size=1, max_size=3), st.integers(0, 10))
@settings(max_examples=400)
def test_mangled_frame_is_read_alike_by_both_ways(
    script: list[Step], shape: Shape, changes: list[tuple[str, int, bytes]], number: int
) -> None:
    """A frame with flipped, missing or doubled bytes gives the same events, or the same error, with and without the fast path."""
    frames = [step.written(shape) for step in [*script, Token("x", "x"), Token("y", "xy")] if not isinstance(step, Rerun)]
    frame = frames[number % len(frames)]
    body = frame if isinstance(frame, bytes) else frame[1]
    for change in changes:
        body = mangled(body, *change)
    frames[number % len(frames)] = body if isinstance(frame, bytes) else (frame[0], body)

    assert outcomes(SlowTranscript(), frames) == outcomes(Transcript(), frames)


@given(st.lists(TEXTS, max_size=8), st.integers(0, 8))
@settings(max_examples=50)
def test_events_of_the_past_keep_their_moment(pieces: list[str], restarts_at: int) -> None:
    """`accumulated` of an event does not change when the text grows or restarts."""
    reader, accumulated = Reader(), ""
    for number, piece in enumerate(pieces):
        accumulated = piece if number == restarts_at else accumulated + piece
        reader.feed(SHAPES[0].token(piece, accumulated))
        reader.check_moments()

    assert all(isinstance(token, LLMToken) for token, _ in reader.moments)
