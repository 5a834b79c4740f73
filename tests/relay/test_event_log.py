"""The log of an answer's events: whatever a viewer misses, it folds to the same answer, and memory stays bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given, strategies as st

from aizoomdoc_client.events import (
    AnswerRestarted,
    Completed,
    ImageReady,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseProgress,
    PhaseStarted,
    QueuePosition,
    StreamResumed,
    ToolCall,
)
from aizoomdoc_client.protocol.answer_state import AnswerState
from aizoomdoc_client.relay import AnswerStopped, Reconnect, RelayedEvent
from aizoomdoc_client.relay.control_events import ViewedEvent
from aizoomdoc_client.relay.event_ids import NOWHERE
from aizoomdoc_client.relay.event_log import EVENT_WEIGHT, EventLog

WORDS = st.text("абв г\n", max_size=6)
EVENTS = st.one_of(
    WORDS.map(LLMToken),
    WORDS.map(LLMThinking),
    st.integers(0, 4).map(lambda keep: AnswerRestarted(keep, "new_round")),
    st.integers(1, 3).map(QueuePosition),
    st.sampled_from("ab").map(PhaseStarted),
    st.just(PhaseProgress("a", 0.5)),
    st.sampled_from("ab").map(ToolCall),
    st.sampled_from("ab").map(ImageReady),
    st.just(StreamResumed("rerun")),
)


def shown(state: AnswerState) -> tuple[object, ...]:
    """What a page shows of an answer."""
    return state.text, state.thinking, state.images, state.tool_calls, state.phase, state.final


class Reader:
    """A viewer as a browser is one: it folds what it reads, and goes on after the last id that it has."""

    def __init__(self) -> None:
        self.state = AnswerState()
        self.after = 0

    def read(self, entries: Sequence[RelayedEvent]) -> None:
        self.state.fold(entry.event for entry in entries)
        self.after = next((entry.id for entry in reversed(entries) if entry.id is not None), self.after)


@given(st.lists(st.tuples(EVENTS, st.booleans(), st.integers(0, 8)), max_size=60), st.integers(1, 8))
def test_every_viewer_folds_the_same_answer(steps: list[tuple[ViewedEvent, bool, int]], events_kept: int) -> None:
    """One that reads seldom, one whose connections break off in the middle of a batch, and one that comes at the end."""
    log, everything = EventLog(events_kept * 2 * EVENT_WEIGHT), AnswerState()
    seldom, cut, late = Reader(), Reader(), Reader()
    for event, reads, taken in steps:
        log.append(event)
        everything.fold([event])
        if reads:
            seldom.read(log.read(seldom.after))
        cut.read(log.read(cut.after)[:taken])
    for ending in (LLMFinal(everything.text), Completed()):
        log.append(ending)
        everything.fold([ending])
    for reader in (seldom, cut, late):
        reader.read(log.read(reader.after))

    assert [shown(everything)] * 3 == [shown(reader.state) for reader in (seldom, cut, late)]
    assert everything.text == log.text


def test_what_is_kept_is_bounded() -> None:
    """Of a long answer the newest events are kept, of any number of viewers."""
    log = EventLog(64 * EVENT_WEIGHT)
    for _ in range(10_000):
        log.append(LLMToken("я"))

    assert len(log._events) <= 64
    assert 2 == len(log.read(0))  # what restarts the text, and the text
    assert "я" * 10_000 == log.read(0)[-1].event.data["token"]


def test_ids_count_from_one_and_go_on() -> None:
    """Whoever has the event with some id gets those after it."""
    log = EventLog(10**6)
    for word in "абв":
        log.append(LLMToken(word))

    assert [1, 2, 3] == [entry.id for entry in log.read(0)]
    assert [3] == [entry.id for entry in log.read(2)]
    assert [] == list(log.read(3))


def test_an_id_that_was_never_given_gets_a_snapshot() -> None:
    """As that of another stream: nothing that the viewer has can be relied on."""
    log = EventLog(10**6)
    log.append(LLMToken("а"))

    assert [AnswerRestarted(0, "snapshot"), LLMToken("а", synthetic=True)] == [entry.event for entry in log.read(7)]


def test_only_the_end_of_a_snapshot_has_an_id() -> None:
    """A connection that breaks off within a snapshot goes on with a snapshot, in any worker, whatever events that one has."""
    log = EventLog(2 * EVENT_WEIGHT)
    for number in range(9):
        log.append(ImageReady(str(number)))
        log.append(LLMToken("а"))

    assert [NOWHERE, *[None] * 9, 18] == [entry.id for entry in log.read(0)]
    assert [NOWHERE, *[None] * 9, 18] == [entry.id for entry in log.read(NOWHERE)]


def test_a_snapshot_is_made_once_for_all() -> None:
    """Many slow viewers at the same event share it, also in its encoded form."""
    log = EventLog(EVENT_WEIGHT)
    log.append(LLMToken("а"))
    log.append(LLMToken("б"))

    assert log.read(0)[-1].to_sse() is log.read(0)[-1].to_sse()


def test_nothing_follows_the_end() -> None:
    """Also when the answer's task has more to say."""
    log = EventLog(10**6)
    log.append(AnswerStopped())
    log.append(Completed())

    assert [AnswerStopped()] == [entry.event for entry in log.read(0)]


def test_thinking_is_not_kept_again_with_every_piece() -> None:
    """Servers repeat all of it each time, so that memory would grow with its square."""
    log = EventLog(10**6)
    log.append(LLMThinking("а", accumulated="а"))
    log.append(LLMThinking("б", accumulated="аб"))
    log.append(LLMThinking("в", accumulated="другое"))

    assert [None, None, "другое"] == [entry.event.accumulated for entry in log.read(0) if isinstance(entry.event, LLMThinking)]


def test_thinking_that_a_server_repeats_in_its_data_is_not_kept_either() -> None:
    """Where it also names the model, say: the fields beside the repeated text stay."""
    log, said = EventLog(10**6), ""
    for piece in "абв":
        said += piece
        log.append(LLMThinking(piece, said, "pro", data={"content": piece, "accumulated": said, "model": "pro", "newer": 1}))

    assert [None] * 3 == [entry.event.accumulated for entry in log.read(0) if isinstance(entry.event, LLMThinking)]
    assert [{"content": piece, "model": "pro", "newer": 1} for piece in "абв"] == [entry.event.data for entry in log.read(0)]


async def test_all_who_wait_are_woken_once() -> None:
    """An event ends their wait; one who has left is forgotten."""
    log = EventLog(10**6)
    first, second, gone = log.waiter(), log.waiter(), log.waiter()
    log.forget(gone)
    log.append(LLMToken("а"))
    log.append(LLMToken("б"))

    assert (True, True, False) == (first.done(), second.done(), gone.done())
    await asyncio.gather(first, second)


def test_an_event_is_encoded_with_its_id() -> None:
    """As a browser's EventSource reads it, and as a WebSocket's frame."""
    entry = RelayedEvent(7, LLMToken("да"))

    assert 'id: 7\nevent: llm_token\ndata: {"token":"да"}\n\n' == entry.to_sse().decode()
    assert '{"id":7,"event":"llm_token","data":{"token":"да"},"timestamp":null}' == entry.to_json()
    assert 'retry: 50\nevent: reconnect\ndata: {"retry_ms":50}\n\n' == RelayedEvent(None, Reconnect(50)).to_sse().decode()


def test_a_log_that_is_restored_has_nothing_twice() -> None:
    """What it had before is in the snapshot, too."""
    log, other = EventLog(10**6), EventLog(10**6)
    for event in (LLMToken("а"), StreamResumed("rerun"), LLMThinking("Думаю."), LLMToken("б")):
        log.append(event)
    for _ in range(2):
        other.restore([entry.event for entry in log.snapshot()], 4)

    assert [entry.event for entry in log.snapshot()] == [entry.event for entry in other.snapshot()]
