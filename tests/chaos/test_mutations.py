"""Mutation tests of the chaos run: it must find each bug that is injected into the client here."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import APIError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.answering import Answering
from aizoomdoc_client.protocol.question_search import QuestionSearch
from aizoomdoc_client.protocol.recovery import Action, Adopt, Recovery
from aizoomdoc_client.protocol.transcript import Transcript
from aizoomdoc_client.testing.proxy import CloseAfter, ResetAfter
from tests.chaos.campaign import campaign
from tests.chaos.open_resources import SCENARIO, TaskTracker, becomes_false
from tests.chaos.schedules import MANY, ByteLimit, Injection, Scenario, scenarios

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the server of these tests forks"),
    pytest.mark.timeout(180),
]

SCENARIOS = 15
ROUNDS = 5
"""Rounds of `SCENARIOS` matching scenarios that are tried; most mutants are found in the first."""

Mutation = Callable[[pytest.MonkeyPatch], None]
Predicate = Callable[[Scenario], bool]


def retry_after_every_error(patch: pytest.MonkeyPatch) -> None:
    def should_retry(_error: APIError, *, attempt: int, **_: Any) -> bool:
        return attempt < 3

    patch.setattr(retry, "should_retry", should_retry)


def adopt_the_newest_answer(patch: pytest.MonkeyPatch) -> None:
    original = Recovery.looked

    def adopt(self: Recovery, history: ChatHistory, draft: str) -> Action:
        answers = [message for message in history.messages if message.role == "assistant"]
        return Adopt(answers[-1]) if answers else original(self, history, draft)

    patch.setattr(Recovery, "looked", adopt)


def rerun_without_limit(patch: pytest.MonkeyPatch) -> None:
    run_again = Recovery._run_again

    def again(self: Recovery, unproven: Any) -> Action:
        self._reruns_left = 1
        return run_again(self, unproven)

    patch.setattr(Recovery, "_run_again", again)


def repeat_the_text_after_a_drop(patch: pytest.MonkeyPatch) -> None:
    adopt = Transcript.adopt

    def twice(self: Transcript, message: Message) -> Any:
        return adopt(self, attrs.evolve(message, content=self.text + message.content))

    patch.setattr(Transcript, "adopt", twice)


def return_the_partial_text_as_the_answer(patch: pytest.MonkeyPatch) -> None:
    adopt = Transcript.adopt

    def shorten(self: Transcript, message: Message) -> Any:
        return adopt(self, attrs.evolve(message, content=self.text or message.content))

    patch.setattr(Transcript, "adopt", shorten)


def raise_another_exception_than_api_error(patch: pytest.MonkeyPatch) -> None:
    def look_failed(_self: Recovery, _error: APIError) -> Action:
        raise KeyError("history")

    patch.setattr(Recovery, "look_failed", look_failed)


def take_up_without_a_look(patch: pytest.MonkeyPatch) -> None:
    original = Answering.__init__

    def init(self: Answering, *args: Any, resumed: bool = False, **options: Any) -> None:
        _ = resumed
        original(self, *args, resumed=False, **options)

    patch.setattr(Answering, "__init__", init)


def run_although_it_is_forbidden(patch: pytest.MonkeyPatch) -> None:
    original = Answering.__init__

    def init(self: Answering, *args: Any, may_run: bool = True, **options: Any) -> None:
        _ = may_run
        original(self, *args, may_run=True, **options)

    patch.setattr(Answering, "__init__", init)


def take_up_another_question(patch: pytest.MonkeyPatch) -> None:
    def oldest(_self: QuestionSearch, history: ChatHistory) -> Message:
        return history.messages[0]

    patch.setattr(QuestionSearch, "_shown", oldest)


def injections(scenario: Scenario) -> Iterator[Injection]:
    for one in scenario.schedules:
        yield from one.injections


def response_is_lost(scenario: Scenario) -> bool:
    return any(
        injection.moment == "posting"
        and isinstance(injection.action, (ResetAfter, CloseAfter))
        and injection.action.direction == "down"
        for injection in injections(scenario)
    )


def stream_is_cut(scenario: Scenario) -> bool:
    return any(
        injection.moment == "reading" and injection.event < 5 and isinstance(injection.action, (ResetAfter, CloseAfter))
        for injection in injections(scenario)
    )


def every_connection_is_cut(scenario: Scenario) -> bool:
    return scenario.total is not None and any(isinstance(injection.action, ByteLimit) for injection in injections(scenario))


def server_is_unreachable(scenario: Scenario) -> bool:
    return any(injection.action in {"kill", "refuse"} and injection.moment == "reading" for injection in injections(scenario))


def is_taken_up_when_it_is_whole(scenario: Scenario) -> bool:
    return any(one.hand_over is not None and one.hand_over.events == MANY for one in scenario.schedules)


def is_taken_up_without_a_run(scenario: Scenario) -> bool:
    return any(one.hand_over is not None and one.hand_over.events == 0 and not one.hand_over.rerun for one in scenario.schedules)


def is_taken_up_by_its_id(scenario: Scenario) -> bool:
    return any(one.hand_over is not None and one.hand_over.by == "ids" and not one.own_chat for one in scenario.schedules)


@pytest.mark.parametrize(
    ("mutate", "matches", "found"),
    [
        (retry_after_every_error, response_is_lost, "posted 2 times"),
        (adopt_the_newest_answer, stream_is_cut, "was never stored"),
        (rerun_without_limit, every_connection_is_cut, "the model ran 3 times"),
        (repeat_the_text_after_a_drop, stream_is_cut, "is not"),
        (return_the_partial_text_as_the_answer, stream_is_cut, "is not"),
        (raise_another_exception_than_api_error, server_is_unreachable, "is no APIError"),
        (take_up_without_a_look, is_taken_up_when_it_is_whole, "the model ran 2 times"),
        (run_although_it_is_forbidden, is_taken_up_without_a_run, "the model ran 1 times"),
        (take_up_another_question, is_taken_up_by_its_id, "is taken up, not"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_mutant_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mutate: Mutation, matches: Predicate, found: str
) -> None:
    """The reported fault names the mutant's effect."""
    mutate(monkeypatch)
    all_scenarios, faults = scenarios("planted", 10_000), list[str]()
    matching = filter(matches, all_scenarios)
    for number in range(ROUNDS):
        report = await campaign(itertools.islice(matching, SCENARIOS), tmp_path / str(number), concurrency=SCENARIOS)
        faults += report.faults
        if any(found in fault for fault in faults):
            return

    pytest.fail(f"not found, but {faults}")


async def test_a_leaked_task_is_found() -> None:
    """A pending task belongs to the scenario that it was started in, and to no other."""
    loop, tracker = asyncio.get_running_loop(), TaskTracker()
    loop.set_task_factory(tracker)
    try:
        SCENARIO.set(7)
        mine = asyncio.create_task(asyncio.sleep(3600))
        SCENARIO.set(8)
        other = asyncio.create_task(asyncio.sleep(3600))

        assert ([mine], [other]) == (tracker.pending(7), tracker.pending(8))
        mine.cancel()
        other.cancel()
        assert await becomes_false(lambda: tracker.pending(7) + tracker.pending(8))
    finally:
        loop.set_task_factory(None)
        SCENARIO.set(None)
