"""The state machine of a unit: the next step and state, from the stored state and the observation of the last step.

Pure: no I/O, no clock, no randomness, so that millions of crashes can be simulated in seconds. The runner writes the state before
each step (`begun`), and the state after it (`after`); a state that a crash left is corrected by `after_crash`.

::

    queued ──▶ creating_chat ──▶ posting ──▶ streaming ──▶ done
                    each may become failed or poisoned, or go back to queued for another attempt in a chat of its own
"""

from __future__ import annotations

from typing import Literal

import attrs

from ..catalog import LocalizedText, text
from .steps import (
    Answered,
    ChatFound,
    ChatMissing,
    CreateChat,
    Failure,
    Fault,
    FindChat,
    FindMessage,
    MessageFound,
    MessageMissing,
    Observation,
    Post,
    Read,
    Step,
    Unfit,
)

__all__ = [
    "FINISHED",
    "UNFIT",
    "Limits",
    "UnitStanding",
    "UnitState",
    "UnitStateName",
    "after",
    "after_crash",
    "begun",
    "judged",
    "next_step",
    "released",
    "retried",
]

UnitStateName = Literal["queued", "creating_chat", "posting", "streaming", "done", "failed", "poisoned"]

UnitStanding = Literal["done", "failed", "running", "waiting"]

FINISHED: frozenset[UnitStateName] = frozenset({"done", "failed", "poisoned"})
UNFIT = "AnswerFormatError"
"""The type of the problem of a unit whose answer does not have the requested fields."""


@attrs.frozen
class Limits:
    """How often a unit is tried: so many `failures` of its own, or `crashes` of the process during it, make it poisoned.

    So many `server_failures` in a row, which are not its fault, make it failed, so that a job ends; the loss of a worker during
    it counts as one.
    """

    failures: int = 3
    crashes: int = 2
    server_failures: int = 20


@attrs.frozen(kw_only=True)
class UnitState:
    """The state of a unit.

    `running` is True from before a step until its result is written; if a run finds it so at its start, there was a crash.
    `uncertain` tells that the last step may have had its effect, so that it has to be looked for first. `correction` is the
    second message of an attempt whose first answer did not fit. `problem` and `problem_type` are of the last failure.
    """

    name: UnitStateName = "queued"
    running: bool = False
    uncertain: bool = False
    attempt: int = 0
    failures: int = 0
    crashes: int = 0
    server_failures: int = 0
    chat_id: str | None = None
    message_id: str | None = None
    correction: str | None = None
    problem: LocalizedText | None = None
    problem_type: str | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.name in FINISHED

    @property
    def standing(self) -> UnitStanding:
        """The state as users see it."""
        if self.name == "done":
            return "done"
        if self.is_finished:
            return "failed"
        return "running" if self.running else "waiting"


def next_step(state: UnitState, title: str) -> Step | None:
    """The next step, None for a finished unit. `title` is that of the attempt's chat."""
    if state.name in {"queued", "creating_chat"}:
        return FindChat(title) if state.uncertain else CreateChat(title)
    if state.name == "posting":
        assert state.chat_id is not None
        if state.uncertain:
            return FindMessage(state.chat_id, 1 if state.correction is None else 2)
        return Post(state.chat_id, state.correction)
    if state.name == "streaming":
        assert state.chat_id is not None
        assert state.message_id is not None
        return Read(state.chat_id, state.message_id)
    return None


def begun(state: UnitState) -> UnitState:
    """The state to be written before the next step; the first step of an attempt gives it its number."""
    if state.name == "queued":
        return attrs.evolve(state, name="creating_chat", attempt=state.attempt + 1, running=True)
    return state if state.running or state.is_finished else attrs.evolve(state, running=True)


def after(state: UnitState, observation: Observation, limits: Limits = Limits()) -> UnitState:
    """The state after a step that gave `observation`."""
    match observation:
        case ChatFound(chat_id):
            return attrs.evolve(state, name="posting", uncertain=False, chat_id=chat_id)
        case ChatMissing():
            return attrs.evolve(state, uncertain=False)
        case MessageMissing():  # a slow server may store it yet, so it is not posted to this chat again
            return _restart_in_another_chat(attrs.evolve(state, running=False))
        case MessageFound(message_id):
            return attrs.evolve(state, name="streaming", uncertain=False, message_id=message_id, server_failures=0)
        case Answered():
            return attrs.evolve(state, name="done", running=False, uncertain=False, problem=None, problem_type=None)
        case Unfit():
            return _after_unfit(state, observation)
        case Failure():
            return _after_failure(state, observation, limits)


def _after_unfit(state: UnitState, unfit: Unfit) -> UnitState:
    """Asks once more in the same chat; the second answer that does not fit is a failure."""
    if state.correction is None:
        return attrs.evolve(state, name="posting", correction=unfit.correction, message_id=None, uncertain=False)
    return _end(state, "failed", unfit.problem, UNFIT)


def _after_failure(state: UnitState, failure: Failure, limits: Limits) -> UnitState:
    if failure.fault is Fault.FINAL:
        return _end(state, "failed", failure.problem, failure.kind)
    state = attrs.evolve(
        state,
        running=False,
        uncertain=state.uncertain or failure.is_uncertain,
        problem=failure.problem,
        problem_type=failure.kind,
        failures=state.failures + (failure.fault is Fault.OWN or (failure.lost and failure.fault is Fault.SERVER)),
        server_failures=state.server_failures + (failure.fault in {Fault.SERVER, Fault.WORKER}),
    )
    if state.failures >= limits.failures:
        return _end(state, "poisoned", failure.problem, failure.kind)
    if state.server_failures >= limits.server_failures:
        return _end(state, "failed", failure.problem, failure.kind)
    return _restart_in_another_chat(state) if failure.lost else state


def after_crash(state: UnitState, limits: Limits = Limits()) -> UnitState:
    """The state of a unit after its process died: the step that was begun may have had its effect."""
    if not state.running:
        return state
    state = attrs.evolve(state, running=False, crashes=state.crashes + 1, uncertain=state.name in {"creating_chat", "posting"})
    if state.crashes >= limits.crashes:
        return _end(state, "poisoned", text("unit_crashed", count=state.crashes), "Crash")
    return state


def released(state: UnitState) -> UnitState:
    """The state of a unit that is cancelled during a step: as uncertain as after a crash, but not counted as one."""
    if not state.running:
        return state
    return attrs.evolve(state, running=False, uncertain=state.name in {"creating_chat", "posting"})


def retried(state: UnitState) -> UnitState:
    """The state of a failed or poisoned unit for another attempt, with all counters at zero."""
    if state.name not in {"failed", "poisoned"}:
        return state
    return UnitState(attempt=state.attempt, problem=state.problem, problem_type=state.problem_type)


def judged(state: UnitState, problem: LocalizedText | None) -> UnitState:
    """The state of a unit whose stored answer is read once more; `problem` says why it does not have the fields."""
    if problem is None:
        return attrs.evolve(state, name="done", problem=None, problem_type=None)
    return _end(state, "failed", problem, UNFIT)


def _restart_in_another_chat(state: UnitState) -> UnitState:
    return attrs.evolve(state, name="queued", uncertain=False, chat_id=None, message_id=None, correction=None)


def _end(state: UnitState, name: UnitStateName, problem: LocalizedText, kind: str) -> UnitState:
    return attrs.evolve(state, name=name, running=False, uncertain=False, problem=problem, problem_type=kind)
