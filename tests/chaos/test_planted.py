"""A suite that passes broken clients proves nothing: each bug that is planted here must be found."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import APIError
from aizoomdoc_client.models import ChatHistory
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.recovery import Action, Adopt, Recovery
from aizoomdoc_client.protocol.transcript import Transcript
from aizoomdoc_client.testing.proxy import CloseAfter, ResetAfter
from tests.chaos.campaign import campaign
from tests.chaos.leftovers import SITTING, TaskWatch, gone
from tests.chaos.schedules import Blow, Sitting, Wear, sittings

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the server of these tests forks"),
    pytest.mark.timeout(180),
]

SITTINGS = 15
ROUNDS = 5
"""So many sittings that suit a bug are tried so many times; most show in the first round."""

Plant = Callable[[pytest.MonkeyPatch], None]
Suits = Callable[[Sitting, Blow], bool]


def send_again_whatever_happened(planting: pytest.MonkeyPatch) -> None:
    def should_retry(_error: APIError, *, attempt: int, **_: Any) -> bool:
        return attempt < 3

    planting.setattr(retry, "should_retry", should_retry)


def adopt_whatever_comes_last(planting: pytest.MonkeyPatch) -> None:
    looked = Recovery.looked

    def adopt(self: Recovery, history: ChatHistory, draft: str) -> Action:
        answers = [message for message in history.messages if message.role == "assistant"]
        return Adopt(answers[-1]) if answers else looked(self, history, draft)

    planting.setattr(Recovery, "looked", adopt)


def run_again_without_end(planting: pytest.MonkeyPatch) -> None:
    run_again = Recovery._run_again

    def again(self: Recovery, unproven: Any) -> Action:
        self._reruns_left = 1
        return run_again(self, unproven)

    planting.setattr(Recovery, "_run_again", again)


def hand_out_twice_after_a_drop(planting: pytest.MonkeyPatch) -> None:
    adopt = Transcript.adopt

    def twice(self: Transcript, content: str, message_id: str) -> Any:
        return adopt(self, self.text + content, message_id)

    planting.setattr(Transcript, "adopt", twice)


def take_the_draft_for_the_answer(planting: pytest.MonkeyPatch) -> None:
    adopt = Transcript.adopt

    def shorten(self: Transcript, content: str, message_id: str) -> Any:
        return adopt(self, self.text or content, message_id)

    planting.setattr(Transcript, "adopt", shorten)


def raise_what_is_no_api_error(planting: pytest.MonkeyPatch) -> None:
    def look_failed(_self: Recovery, _error: APIError) -> Action:
        raise KeyError("history")

    planting.setattr(Recovery, "look_failed", look_failed)


def reply_is_lost(_: Sitting, blow: Blow) -> bool:
    return blow.moment == "posting" and isinstance(blow.deed, (ResetAfter, CloseAfter)) and blow.deed.direction == "down"


def answer_breaks(_: Sitting, blow: Blow) -> bool:
    return blow.moment == "reading" and blow.event < 5 and isinstance(blow.deed, (ResetAfter, CloseAfter))


def all_break(sitting: Sitting, blow: Blow) -> bool:
    return sitting.total is not None and isinstance(blow.deed, Wear)


def server_dies(_: Sitting, blow: Blow) -> bool:
    return blow.deed in {"kill", "refuse"} and blow.moment == "reading"


@pytest.mark.parametrize(
    ("plant", "suits", "found"),
    [
        (send_again_whatever_happened, reply_is_lost, "posted 2 times"),
        (adopt_whatever_comes_last, answer_breaks, "was never stored"),
        (run_again_without_end, all_break, "the model ran 3 times"),
        (hand_out_twice_after_a_drop, answer_breaks, "is not"),
        (take_the_draft_for_the_answer, answer_breaks, "is not"),
        (raise_what_is_no_api_error, server_dies, "is no APIError"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_planted_bug_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Plant, suits: Suits, found: str
) -> None:
    """And named for what it does."""
    plant(monkeypatch)
    all_sittings, faults = sittings("planted", 10_000), list[str]()
    suitable = (
        sitting for sitting in all_sittings if any(suits(sitting, blow) for one in sitting.schedules for blow in one.blows)
    )
    for number in range(ROUNDS):
        report = await campaign(itertools.islice(suitable, SITTINGS), tmp_path / str(number))
        faults += report.faults
        if any(found in fault for fault in faults):
            return

    pytest.fail(f"not found, but {faults}")


async def test_a_task_left_behind_is_found() -> None:
    """A task, and a task of a task, belong to the sitting they were begun in; those of others do not."""
    loop, watch = asyncio.get_running_loop(), TaskWatch()
    loop.set_task_factory(watch)
    try:
        SITTING.set(7)
        mine = asyncio.create_task(asyncio.sleep(3600))
        SITTING.set(8)
        other = asyncio.create_task(asyncio.sleep(3600))

        assert ([mine], [other]) == (watch.left(7), watch.left(8))
        mine.cancel()
        other.cancel()
        assert await gone(lambda: watch.left(7) + watch.left(8))
    finally:
        loop.set_task_factory(None)
        SITTING.set(None)
