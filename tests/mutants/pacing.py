"""Mutants of the pacing of batch jobs. Each is killed by a test in virtual time."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from aizoomdoc_client.batch.pacing import Pacing

from .mutant import Mutant

TESTS = "tests/batch/test_pacing.py::"


def _by_tens_after_a_halving(original: Callable[..., None]) -> Callable[..., None]:
    def answered(self: Pacing, now: float, **answer: Any) -> None:
        original(self, now, **answer)
        if self._halved_at > -math.inf:
            self._fast_until = 0

    return answered


PACING: Sequence[Mutant] = (
    Mutant(
        "waiting questions replaced",
        "keeps as many questions open when several of the job's own wait in the server's queue",
        "batch.pacing:Pacing.queued",
        lambda original: lambda self, **_: original(self, open_now=10_000, waiting=1),
        (TESTS + "test_another_users_question_waits_little_longer",),
    ),
    Mutant(
        "all begin after a refusal",
        "begins as many questions as the limit allows before one is accepted",
        "batch.pacing:Pacing.begun",
        lambda _: lambda _self, _now: None,
        (TESTS + "test_after_a_refusal_one_question_begins_at_a_time_until_one_is_accepted",),
    ),
    Mutant(
        "half for long",
        "adds one for ten answers only after a wait that grew, though two thirds of the questions keep the server as busy",
        "batch.pacing:Pacing.answered",
        _by_tens_after_a_halving,
        (TESTS + "test_after_a_wait_that_grew_two_thirds_of_the_number_come_back_soon",),
    ),
    Mutant(
        "first answers taken as they come",
        "compares answers with the first ones, of which the shortest ended first",
        "batch.pacing:WaitGrowth.is_growing",
        lambda original: (
            lambda self, _now, *, asked_at, seconds: original(self, float("-inf"), asked_at=asked_at, seconds=seconds)
        ),
        (TESTS + "test_noise_is_no_growing_wait",),
    ),
)
