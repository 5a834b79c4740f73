"""Mutation tests of the chaos run: it must find each bug that is injected into the client here."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import APIError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.recovery import Action, Adopt, Recovery
from aizoomdoc_client.protocol.transcript import Transcript
from aizoomdoc_client.testing.proxy import CloseAfter, ResetAfter
from tests.chaos.campaign import campaign
from tests.chaos.open_resources import SCENARIO, TaskTracker, becomes_false
from tests.chaos.schedules import ByteLimit, Injection, Scenario, scenarios

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the server of these tests forks"),
    pytest.mark.timeout(180),
]

SCENARIOS = 15
ROUNDS = 5
"""Rounds of `SCENARIOS` matching scenarios that are tried; most mutants are found in the first."""

Mutation = Callable[[pytest.MonkeyPatch], None]
Predicate = Callable[[Scenario, Injection], bool]


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


def response_is_lost(_: Scenario, injection: Injection) -> bool:
    return (
        injection.moment == "posting"
        and isinstance(injection.action, (ResetAfter, CloseAfter))
        and injection.action.direction == "down"
    )


def stream_is_cut(_: Scenario, injection: Injection) -> bool:
    return injection.moment == "reading" and injection.event < 5 and isinstance(injection.action, (ResetAfter, CloseAfter))


def every_connection_is_cut(scenario: Scenario, injection: Injection) -> bool:
    return scenario.total is not None and isinstance(injection.action, ByteLimit)


def server_is_unreachable(_: Scenario, injection: Injection) -> bool:
    return injection.action in {"kill", "refuse"} and injection.moment == "reading"


@pytest.mark.parametrize(
    ("mutate", "matches", "found"),
    [
        (retry_after_every_error, response_is_lost, "posted 2 times"),
        (adopt_the_newest_answer, stream_is_cut, "was never stored"),
        (rerun_without_limit, every_connection_is_cut, "the model ran 3 times"),
        (repeat_the_text_after_a_drop, stream_is_cut, "is not"),
        (return_the_partial_text_as_the_answer, stream_is_cut, "is not"),
        (raise_another_exception_than_api_error, server_is_unreachable, "is no APIError"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_mutant_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mutate: Mutation, matches: Predicate, found: str
) -> None:
    """The reported fault names the mutant's effect."""
    mutate(monkeypatch)
    all_scenarios, faults = scenarios("planted", 10_000), list[str]()
    matching = (
        scenario
        for scenario in all_scenarios
        if any(matches(scenario, injection) for one in scenario.schedules for injection in one.injections)
    )
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
