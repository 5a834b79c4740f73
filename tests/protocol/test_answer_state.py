"""An answer's state, folded from its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aizoomdoc_client.events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    ErrorEvent,
    ImageReady,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseProgress,
    PhaseStarted,
    ProcessingStarted,
    QueuePosition,
    StreamResumed,
    ToolCall,
    UnknownEvent,
)
from aizoomdoc_client.protocol.answer_state import AnswerState
from tests.protocol.growth import FACTOR, LINEAR, growth

PLAN, ZOOMED = ImageReady("b1", "crop", "https://x.example/1"), ImageReady("b1", "zoom", "https://x.example/1")
LOOK, READ = ToolCall("zoom", {"x": 1}), ToolCall("request_documents")

FOLDS: dict[str, tuple[list[AnswerEvent], dict[str, Any]]] = {
    "nothing": (
        [],
        {
            "text": "",
            "thinking": "",
            "images": (),
            "tool_calls": (),
            "phase": None,
            "queue": None,
            "model": None,
            "final": None,
            "error": None,
        },
    ),
    "tokens": ([LLMToken("a"), LLMToken(""), LLMToken("b", "m")], {"text": "ab", "model": "m"}),
    "a model that is named once": ([LLMToken("a", "m"), LLMToken("b"), LLMFinal("ab")], {"model": "m"}),
    "a restart": ([LLMToken("abc"), AnswerRestarted(1, "new_round"), LLMToken("x")], {"text": "ax"}),
    "a restart within an answer": (
        [PLAN, LOOK, LLMThinking("a"), AnswerRestarted(0, "new_round")],
        {"images": (PLAN,), "tool_calls": (LOOK,), "thinking": "a"},
    ),
    "a snapshot": (
        [PLAN, LOOK, LLMThinking("a"), LLMToken("b"), AnswerRestarted(0, "snapshot")],
        {"images": (), "tool_calls": (), "thinking": "", "text": ""},
    ),
    "what comes again after a snapshot": (
        [PLAN, LOOK, AnswerRestarted(0, "snapshot"), ZOOMED, LOOK, LLMThinking("a"), LLMToken("b")],
        {"images": (ZOOMED,), "tool_calls": (LOOK,), "thinking": "a", "text": "b"},
    ),
    "a restart from nothing": ([LLMToken("abc"), AnswerRestarted(0, "final"), LLMToken("x")], {"text": "x"}),
    "thinking with accumulated": ([LLMThinking("a", "a", "m"), LLMThinking("b", "ab")], {"thinking": "ab", "model": "m"}),
    "thinking without accumulated": ([LLMThinking("a"), LLMThinking("b")], {"thinking": "ab"}),
    "thinking that starts again": ([LLMThinking("a", "a"), LLMThinking("b", "b")], {"thinking": "b"}),
    "thinking of another run": ([LLMThinking("a"), StreamResumed("rerun"), LLMThinking("b")], {"thinking": "b"}),
    "thinking, and an answer from the history": ([LLMThinking("a"), StreamResumed("history"), LLMFinal("x")], {"thinking": "a"}),
    "a final text with thinking": (
        [LLMThinking("a"), LLMFinal("x", "m", "all")],
        {"thinking": "all", "model": "m", "final": LLMFinal("x", "m", "all")},
    ),
    "phases": ([PhaseStarted("search"), PhaseProgress("search", 0.5), PhaseStarted("llm")], {"phase": PhaseStarted("llm")}),
    "the queue": ([QueuePosition(3), QueuePosition(2)], {"queue": QueuePosition(2)}),
    "out of the queue": ([QueuePosition(1), ProcessingStarted()], {"queue": None}),
    "images, one of them twice": ([PLAN, ZOOMED, PLAN], {"images": (PLAN, ZOOMED)}),
    "tools, one of them twice": ([LOOK, READ, LOOK], {"tool_calls": (LOOK, READ, LOOK)}),
    "tools and images of another run": (
        [PLAN, LOOK, StreamResumed("rerun"), PLAN, LOOK],
        {"tool_calls": (LOOK,), "images": (PLAN,)},
    ),
    "an error": ([LLMToken("a"), ErrorEvent("no")], {"text": "a", "error": ErrorEvent("no")}),
    "what says nothing": ([LLMToken("a"), Completed("x"), UnknownEvent("newer"), StreamResumed("history")], {"text": "a"}),
}


@pytest.mark.parametrize(("events", "expected"), FOLDS.values(), ids=FOLDS)
def test_state_is_what_the_events_add_up_to(events: list[AnswerEvent], expected: dict[str, Any]) -> None:
    """Text, thinking, images, tools, phase, queue and model after the events."""
    state = AnswerState()
    state.fold(events)

    assert expected == {name: getattr(state, name) for name in expected}


MANY: dict[str, Callable[[int], AnswerEvent]] = {
    "images": lambda number: ImageReady(f"b{number}"),
    "tool calls": lambda number: ToolCall("zoom", {"x": number}),
    "thinking": lambda number: LLMThinking(f"{number} " * 20),
    "tokens": lambda number: LLMToken(f"{number} " * 20),
}


@pytest.mark.parametrize("make", MANY.values(), ids=MANY)
def test_folding_costs_linear_time(make: Callable[[int], AnswerEvent]) -> None:
    """Many events of one kind cost as much each as few do, so that no answer stops the event loop."""

    def fold(amount: int) -> None:
        state = AnswerState()
        for start in range(0, amount, 100):  # in batches, as events arrive
            state.fold(events[start : start + 100])

    events = [make(number) for number in range(500 * FACTOR)]

    assert growth(fold, 500) < LINEAR


def test_what_was_asked_for_stays_as_it_was() -> None:
    """Images and tool calls are values: what was handed out does not grow, and it is the same while nothing changes."""
    state = AnswerState()
    state.fold([PLAN, LOOK])
    before = state.images, state.tool_calls
    same = state.images, state.tool_calls
    state.fold([ZOOMED, READ])

    assert (((PLAN,), (LOOK,)), ((PLAN, ZOOMED), (LOOK, READ))) == (before, (state.images, state.tool_calls))
    assert [True, True] == [one is other for one, other in zip(before, same, strict=True)]
