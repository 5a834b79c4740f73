"""Transcripts of typical servers, each with its expected events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aizoomdoc_client.answer_source import AnswerSource
from aizoomdoc_client.events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    ErrorEvent,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseStarted,
    UnknownEvent,
)
from aizoomdoc_client.exceptions import ProtocolError, StreamInterruptedError
from aizoomdoc_client.models import Message
from aizoomdoc_client.protocol.transcript import Frame, Transcript
from tests.protocol.frames import SHAPES, Reader, Shape, SlowTranscript, outcomes

COMPACT = SHAPES[0]


def restarted(keep: int, reason: Any = "new_round") -> AnswerRestarted:
    return AnswerRestarted(keep, reason)


def synthetic(text: str) -> LLMToken:
    return LLMToken(text, synthetic=True)


FINAL, DONE = LLMFinal, Completed("")

Write = Callable[[Shape], list[Frame]]

SCENES: dict[str, tuple[Write, list[AnswerEvent]]] = {
    "tokens that make up the final text": (
        lambda s: [s.token("В", "В"), s.token("РУ", "ВРУ"), s.frame("llm_final", {"content": "ВРУ"}), s.frame("completed", {})],
        [LLMToken("В"), LLMToken("РУ"), FINAL("ВРУ"), DONE],
    ),
    "the simple profile, which sends no tokens": (
        lambda s: [
            s.frame("phase_started", {"phase": "llm"}),
            s.frame("llm_final", {"content": "ВРУ"}),
            s.frame("completed", {}),
        ],
        [PhaseStarted("llm"), synthetic("ВРУ"), FINAL("ВРУ"), DONE],
    ),
    "an empty answer": (lambda s: [s.frame("llm_final", {"content": ""}), s.frame("completed", {})], [FINAL(""), DONE]),
    "empty tokens": (
        lambda s: [s.token("", ""), s.token("a", "a"), s.token("", "a"), s.token("b", "ab")],
        [LLMToken(""), LLMToken("a"), LLMToken(""), LLMToken("b")],
    ),
    "no accumulated": (lambda s: [s.token("a"), s.token("b"), s.token("c")], [LLMToken("a"), LLMToken("b"), LLMToken("c")]),
    "a server that passes on what its client gave it": (
        lambda s: [
            s.token("a"),
            s.token("b"),
            s.frame("answer_restarted", {"keep": 1, "reason": "rerun"}),
            s.token("c"),
            s.frame("answer_restarted", {"keep": -5, "reason": "final"}),
            s.token("d"),
            s.frame("llm_final", {"content": "d"}),
        ],
        [LLMToken("a"), LLMToken("b"), restarted(1), LLMToken("c"), restarted(0), LLMToken("d"), FINAL("d")],
    ),
    "accumulated that is null": (
        lambda s: [s.token("a", None), s.token("b", None), s.token("c", 5)],
        [LLMToken("a"), LLMToken("b"), LLMToken("c")],
    ),
    "accumulated that stops coming": (
        lambda s: [s.token("a", "a"), s.token("b", "ab"), s.token("c"), s.token("d"), s.token("e", "abcde")],
        [LLMToken("a"), LLMToken("b"), LLMToken("c"), LLMToken("d"), LLMToken("e")],
    ),
    "a token that is null beside a good text": (
        lambda s: [s.token("a", "a"), s.frame("llm_token", {"token": None, "accumulated": "ab"}), s.token("c", "abc")],
        [LLMToken("a"), LLMToken("b"), LLMToken("c")],
    ),
    "thinking without content": (
        lambda s: [s.frame("llm_thinking", {"accumulated": text}) for text in ("a", "ab", "x")],
        [LLMThinking("a", "a"), LLMThinking("b", "ab"), LLMThinking("x", "x")],
    ),
    "the same token twice": (lambda s: [s.token("a", "a"), s.token("a", "a")], [LLMToken("a"), LLMToken("")]),
    "a token that was lost on the way": (lambda s: [s.token("a", "a"), s.token("c", "abc")], [LLMToken("a"), LLMToken("bc")]),
    "tokens that are not pieces of the text": (
        lambda s: [s.token("x", "a"), s.token("yy", "ab"), s.token("", "abc")],
        [LLMToken("a"), LLMToken("b"), LLMToken("c")],
    ),
    "a backslash that was half of an escape": (
        lambda s: [s.token("a\\", "a\\"), s.token("nb", "a\nb")],
        [LLMToken("a"), LLMToken("\nb")],
    ),
    "a backslash that was none": (
        lambda s: [
            s.token("C:\\", "C:\\"),
            s.token("x", "C:\\x"),
            s.token("\\", "C:\\x\\"),
            s.frame("llm_final", {"content": "C:\\x\\"}),
        ],
        [LLMToken("C:"), LLMToken("\\x"), LLMToken(""), synthetic("\\"), FINAL("C:\\x\\")],
    ),
    "two backslashes": (
        lambda s: [s.token("a\\\\", "a\\\\"), s.token("b", "a\\\\b")],
        [LLMToken("a\\"), LLMToken("\\b")],
    ),
    "half an emoji": (
        lambda s: [s.token("a\ud83d", "a\ud83d"), s.token("\ude00", "a😀"), s.token("!", "a😀!")],
        [LLMToken("a"), LLMToken("😀"), LLMToken("!")],
    ),
    "half an emoji that stays alone": (
        lambda s: [s.token("\ud83d", "\ud83d"), s.token("b", "\ud83db"), s.frame("llm_final", {"content": "\ud83db"})],
        [LLMToken(""), LLMToken("\ufffdb"), FINAL("\ufffdb")],
    ),
    "a follow-up round": (
        lambda s: [s.token("Ищу", "Ищу"), s.frame("newer", {}), s.token("От", "От"), s.token("вет", "Ответ")],
        [LLMToken("Ищу"), UnknownEvent("newer"), restarted(0), LLMToken("От"), LLMToken("вет")],
    ),
    "a follow-up round that begins like the one before": (
        lambda s: [s.token("В щите", "В щите"), s.token("В", "В"), s.token(" осях", "В осях")],
        [LLMToken("В щите"), restarted(1), LLMToken(""), LLMToken(" осях")],
    ),
    "a text that shrinks": (
        lambda s: [s.token("abc", "abc"), s.token("", "ab"), s.token("d", "abd")],
        [LLMToken("abc"), restarted(2), LLMToken(""), LLMToken("d")],
    ),
    "a final text that goes on": (
        lambda s: [s.token("a", "a"), s.frame("llm_final", {"content": "abc"})],
        [LLMToken("a"), synthetic("bc"), FINAL("abc")],
    ),
    "a final text that differs": (
        lambda s: [s.token("abc", "abc"), s.frame("llm_final", {"content": "abX"})],
        [LLMToken("abc"), restarted(2, "final"), synthetic("X"), FINAL("abX")],
    ),
    "a final text that is shorter": (
        lambda s: [s.token("abc", "abc"), s.frame("llm_final", {"content": "ab"})],
        [LLMToken("abc"), restarted(2, "final"), synthetic(""), FINAL("ab")],
    ),
    "tokens after the final text": (
        lambda s: [s.token("a", "a"), s.frame("llm_final", {"content": "a"}), s.token("b", "ab"), s.frame("completed", {})],
        [LLMToken("a"), FINAL("a"), DONE],
    ),
    "anything after the end": (
        lambda s: [
            s.frame("llm_final", {"content": "a"}),
            s.frame("completed", {}),
            s.token("b", "ab"),
            s.frame("llm_final", {"content": "b"}),
            s.frame("completed", {}),
            s.frame("error", {"message": "no"}),
        ],
        [synthetic("a"), FINAL("a"), DONE],
    ),
    "anything after an error": (
        lambda s: [s.token("a", "a"), s.frame("error", {"message": "no"}), s.token("b", "ab"), s.frame("phase_started", {})],
        [LLMToken("a"), ErrorEvent("no")],
    ),
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("write", "expected"), SCENES.values(), ids=SCENES)
def test_scene_gives_its_events(write: Write, expected: list[AnswerEvent], shape: Shape) -> None:
    """Every encoding of the frames gives the same events, and folding them gives the text at every moment."""
    reader = Reader()
    for frame in write(shape):
        reader.feed(frame)
    reader.check_moments()

    assert expected == reader.events


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("write", [write for write, _ in SCENES.values()], ids=SCENES)
def test_scene_gives_the_same_by_the_slow_way(write: Write, shape: Shape) -> None:
    """With and without the fast path the events, data and times are the same, frame by frame."""
    assert outcomes(SlowTranscript(), write(shape)) == outcomes(Transcript(), write(shape))


RERUNS: dict[str, tuple[Write, list[AnswerEvent]]] = {
    "that says the same": (
        lambda s: [s.token("a", "a"), s.token("b", "ab"), s.token("c", "abc"), s.token("d", "abcd")],
        [LLMToken(""), LLMToken("d")],
    ),
    "that says the same in other pieces": (
        lambda s: [s.token("ab", "ab"), s.token("cd", "abcd"), s.token("e", "abcde")],
        [LLMToken("d"), LLMToken("e")],
    ),
    "without accumulated": (
        lambda s: [s.token("a"), s.token("bc"), s.token("d")],
        [LLMToken(""), LLMToken("d")],
    ),
    "that differs": (
        lambda s: [s.token("a", "a"), s.token("X", "aX"), s.token("Y", "aXY")],
        [restarted(1, "rerun"), LLMToken("X"), LLMToken("Y")],
    ),
    "that differs at once": (lambda s: [s.token("X", "X")], [restarted(0, "rerun"), LLMToken("X")]),
    "that differs and then begins a round": (
        lambda s: [s.token("aX", "aX"), s.token("Y", "Y")],
        [restarted(1, "rerun"), LLMToken("X"), restarted(0), LLMToken("Y")],
    ),
    "that has nothing to add": (
        lambda s: [s.token("ab", "ab"), s.token("c", "abc"), s.frame("llm_final", {"content": "abc"})],
        [LLMToken(""), FINAL("abc")],
    ),
    "that is shorter": (
        lambda s: [s.token("ab", "ab"), s.frame("llm_final", {"content": "ab"})],
        [restarted(2, "final"), synthetic(""), FINAL("ab")],
    ),
    "without tokens": (lambda s: [s.frame("llm_final", {"content": "abcd"})], [synthetic("d"), FINAL("abcd")]),
}


@pytest.mark.parametrize("transcript", [Transcript, SlowTranscript])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("write", "expected"), RERUNS.values(), ids=RERUNS)
def test_rerun_gives_out_only_what_is_new(
    write: Write, expected: list[AnswerEvent], shape: Shape, transcript: type[Transcript]
) -> None:
    """A re-run after a drop: text that repeats the draft is not delivered again, a difference emits `answer_restarted`."""
    reader = Reader(transcript())
    for token, accumulated in (("ab", "ab"), ("c", "abc")):
        reader.feed(shape.token(token, accumulated))
    reader.events.clear()
    reader.transcript.begin_rerun()
    for frame in write(shape):
        reader.feed(frame)
    reader.check_moments()

    assert expected == reader.events


def test_second_rerun_is_held_against_the_same_draft() -> None:
    """A drop within the repeated prefix leaves the draft as it was."""
    reader = Reader()
    reader.feed(COMPACT.token("abc", "abc"))
    for _ in range(2):
        reader.transcript.begin_rerun()
        assert [] == reader.feed(COMPACT.token("a", "a"))
    reader.feed(COMPACT.token("bcd", "abcd"))

    assert "abcd" == reader.folded


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("abc", [FINAL("abc")]),
        ("abcd", [synthetic("d"), FINAL("abcd")]),
        ("aX", [restarted(1, "final"), synthetic("X"), FINAL("aX")]),
    ],
)
def test_adopted_answer_ends_the_text(content: str, expected: list[AnswerEvent]) -> None:
    """An adopted answer gives only the missing text, and is the end."""
    reader = Reader()
    reader.feed(COMPACT.token("abc", "abc"))
    reader.events.clear()
    reader.take(lambda: reader.transcript.adopt(Message(id="m1", chat_id="c", role="assistant", content=content)))
    reader.feed(COMPACT.token("more", "abcmore"))

    assert (expected, content, True) == (reader.events, reader.folded, reader.transcript.ended)
    assert {"content": content, "message_id": "m1"} == reader.events[-1].data


def test_adopted_answer_keeps_what_it_rests_on() -> None:
    """The history of a server that tells sources gives them to an answer that is found there."""
    sources = (AnswerSource(document="a.pdf", page=2),)
    message = Message(id="m1", chat_id="c", role="assistant", content="abc", sources=sources, grounding="documents", notes=("n",))
    final = Transcript().adopt(message)[-1]

    assert LLMFinal("abc", sources=sources, grounding="documents", notes=("n",)) == final
    assert ("documents", ["n"], "m1") == (final.data["grounding"], final.data["notes"], final.data["message_id"])


def test_unreadable_frame_leaves_the_text_as_it_was() -> None:
    """After an unreadable frame the next one continues the text."""
    reader = Reader()
    reader.feed(COMPACT.token("a", "a"))
    for frame in (b"{", b"[]", COMPACT.frame("llm_token", {}), COMPACT.frame("llm_final", {"content": {}})):
        with pytest.raises(ProtocolError):
            reader.feed(frame)

    assert [LLMToken("b")] == reader.feed(COMPACT.token("b", "ab"))


def test_garbage_after_the_end_is_ignored() -> None:
    """After the end even an unreadable frame is ignored."""
    reader = Reader()
    reader.feed(COMPACT.frame("error", {"message": "no"}))

    assert [] == reader.feed(b"\xff{")


def test_end_without_a_final_text_is_an_interruption() -> None:
    """`completed` without a final text is an interruption."""
    reader = Reader()
    reader.feed(COMPACT.token("a", "a"))

    with pytest.raises(StreamInterruptedError, match="had not sent the final text"):
        reader.feed(COMPACT.frame("completed", {}))
    assert ("a", False) == (reader.transcript.text, reader.transcript.ended)


def test_unknown_fields_of_a_token_are_kept() -> None:
    """A token that was split again keeps the server's unknown fields."""
    reader = Reader()
    reader.feed(COMPACT.token("a", "a"))
    (event,) = reader.feed(COMPACT.token("xx", "ab", newer=1))

    assert {"token": "b", "accumulated": "ab", "newer": 1} == event.data


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_honest_tokens_take_the_fast_way(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first token of a usual answer is fully decoded, in any encoding and with any characters."""
    transcript, accumulated = Transcript(), "И"
    transcript.feed(shape.token(accumulated, accumulated, model="m"))
    monkeypatch.setattr(Transcript, "_decode_whole", None)
    for piece in ["В", "РУ «1»", ' "a"', "\n\t", "\\x", "😀", "\u2028", "", "\x7f", "end"]:
        accumulated += piece
        assert [LLMToken(piece, "m")] == transcript.feed(shape.token(piece, accumulated, model="m"))

    assert accumulated == transcript.text


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_fast_way_is_found_again_after_a_restart(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a new round only one frame takes the slow path."""
    transcript = Transcript()
    for token, accumulated in [("old", "old"), ("n", "n")]:
        transcript.feed(shape.token(token, accumulated))
    monkeypatch.setattr(Transcript, "_decode_whole", None)

    assert [LLMToken("ew")] == transcript.feed(shape.token("ew", "new"))
