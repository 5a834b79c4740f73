"""What happens next to a unit, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from aizoomdoc_client.batch import progression
from aizoomdoc_client.batch.progression import Limits, UnitState, after, begun, next_step, retried
from aizoomdoc_client.batch.steps import (
    ChatFound,
    CreateChat,
    Failure,
    Fault,
    FindChat,
    MessageFound,
    MessageMissing,
    Post,
    Read,
    Unfit,
)
from aizoomdoc_client.catalog import LocalizedText
from tests.batch.schedules import Machine, complaint

SCHEDULES = 20_000
LIMITS = Limits()
PROBLEM = LocalizedText("unit_crashed", {"count": 0})
SERVER, OWN = (Failure(fault, PROBLEM, "E") for fault in (Fault.SERVER, Fault.OWN))
POSTED = UnitState(name="posting", running=True, attempt=1, chat_id="c", uncertain=True)


def _uncertainty_forgotten(state: UnitState, limits: Limits = LIMITS) -> UnitState:
    return attrs.evolve(progression.after_crash(state, limits), uncertain=False)


def _released_as_certain(state: UnitState) -> UnitState:
    return attrs.evolve(progression.released(state), uncertain=False)


def _crash_uncounted(state: UnitState, limits: Limits = LIMITS) -> UnitState:
    return attrs.evolve(progression.after_crash(state, Limits(crashes=1000)), crashes=0)


def _crash_of_the_innocent(state: UnitState, limits: Limits = LIMITS) -> UnitState:
    return progression.after_crash(state if state.is_finished else attrs.evolve(state, running=True), limits)


def _asked_again_after_a_crash(state: UnitState, limits: Limits = LIMITS) -> UnitState:
    state = progression.after_crash(state, limits)
    return state if state.is_finished else attrs.evolve(state, name="queued", uncertain=False, correction=None)


def _not_noted(state: UnitState) -> UnitState:
    return attrs.evolve(progression.begun(state), running=False)


def _attempt_without_number(state: UnitState) -> UnitState:
    return attrs.evolve(progression.begun(state), attempt=1)


def _changed(on: Callable[[UnitState, Any], bool], change: Callable[[UnitState, UnitState], UnitState]) -> Any:
    def after(state: UnitState, observation: Any, limits: Limits = LIMITS) -> UnitState:
        result = progression.after(state, observation, limits)
        return change(state, result) if on(state, observation) else result

    return after


def _is(kind: type[Any]) -> Callable[[UnitState, Any], bool]:
    return lambda _, observation: isinstance(observation, kind)


def _first_message_again(state: UnitState, title: str) -> Any:
    step = progression.next_step(state, title)
    return attrs.evolve(step, number=1) if hasattr(step, "number") else step


PLANTED = {
    "a crash leaves nothing uncertain": Machine(after_crash=_uncertainty_forgotten),
    "stopping leaves nothing uncertain": Machine(released=_released_as_certain),
    "crashes are not counted": Machine(after_crash=_crash_uncounted),
    "a crash is counted for units that did not run": Machine(after_crash=_crash_of_the_innocent),
    "asked from the start after a crash": Machine(after_crash=_asked_again_after_a_crash),
    "the intent is not written": Machine(begun=_not_noted),
    "attempts share a chat": Machine(begun=_attempt_without_number),
    "the correction is looked for as the question": Machine(next_step=_first_message_again),
    "posted to the same chat again": Machine(
        after=_changed(_is(MessageMissing), lambda before, _: attrs.evolve(before, uncertain=False))
    ),
    "an uncertain failure is taken for a certain one": Machine(
        after=_changed(_is(Failure), lambda _, state: attrs.evolve(state, uncertain=False))
    ),
    "failures are not counted": Machine(
        after=_changed(_is(Failure), lambda before, state: attrs.evolve(state, failures=before.failures))
    ),
    "the server's failures are the unit's": Machine(
        after=_changed(
            lambda _, seen: isinstance(seen, Failure) and seen.fault is Fault.SERVER,
            lambda before, state: attrs.evolve(state, name="poisoned", running=False) if before.attempt > 1 else state,
        )
    ),
    "each failure begins another attempt": Machine(
        after=_changed(
            lambda state, seen: isinstance(seen, Failure) and state.name == "streaming",
            lambda _, state: state if state.is_finished else attrs.evolve(state, name="queued", chat_id=None, correction=None),
        )
    ),
    "corrected for ever": Machine(
        after=_changed(
            _is(Unfit), lambda _, state: attrs.evolve(state, name="posting", problem=None, correction="once more", running=True)
        )
    ),
    "a result stays marked as running": Machine(
        after=_changed(lambda *_: True, lambda _, state: attrs.evolve(state, running=True))
    ),
}


def test_random_schedules_break_nothing() -> None:
    """One result a unit, no finished run again, no message twice, no answer of another, poison by the limits, and an end."""
    broken = {seed: said for seed in range(SCHEDULES) if (said := complaint(seed)) is not None}
    assert {} == broken


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str) -> None:
    """The schedules can fail: each of these small changes breaks an invariant within a few thousand."""
    assert any(complaint(seed, PLANTED[name]) for seed in range(3_000))


def test_a_message_that_may_still_come_is_not_posted_to_the_same_chat_again() -> None:
    """A slow server may store a message after it was looked for: the next attempt has a chat of its own."""
    state = begun(after(POSTED, MessageMissing()))
    assert ("creating_chat", 2, None) == (state.name, state.attempt, state.chat_id)
    assert CreateChat("t") == next_step(state, "t")


def test_a_crash_while_a_chat_was_made_looks_for_the_chat() -> None:
    """The title finds it, if the server made it."""
    state = progression.after_crash(begun(UnitState()))
    assert FindChat("t") == next_step(begun(state), "t")
    assert 1 == begun(state).attempt


@pytest.mark.parametrize("fault", [Fault.SERVER, Fault.WORKER])
def test_the_servers_failures_end_a_unit_also_when_chats_can_be_made(fault: Fault) -> None:
    """A server that makes chats and stores no messages: the count goes on from chat to chat; so do losses of workers."""
    state, steps = UnitState(), 0
    while not state.is_finished:
        steps += 1
        state = begun(state)
        match next_step(state, "t"):
            case CreateChat() | FindChat():
                state = after(state, ChatFound("c"))
            case Post():
                state = after(state, Failure(fault, PROBLEM, "E", is_uncertain=True))
            case _:
                state = after(state, MessageMissing())
        assert steps < 200
    assert "failed" == state.name


def test_a_lost_answer_counts_as_a_failure_of_the_units_own() -> None:
    """Otherwise a server that loses each answer would be asked for ever."""
    state = after(POSTED, MessageFound("m"))
    for _ in range(3):
        state = after(attrs.evolve(POSTED, failures=state.failures), MessageFound("m"))
        assert Read("c", "m") == next_step(state, "t")
        state = after(state, attrs.evolve(SERVER, lost=True))
    assert "poisoned" == state.name


def test_a_unit_that_is_tried_again_has_all_its_tries_and_another_chat() -> None:
    """``retry_failed`` begins anew, and not in the chat of an attempt of before."""
    state = POSTED
    for _ in range(3):
        state = after(begun(state), OWN)
    assert "poisoned" == state.name
    again = begun(retried(state))
    assert (2, 0, 0) == (again.attempt, again.failures, again.crashes)
