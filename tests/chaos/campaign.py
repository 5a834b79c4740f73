"""A whole chaos run: the scenarios of a seed and their report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from tests.chaos.outcomes import Outcome
from tests.chaos.running import run_all
from tests.chaos.schedules import Scenario
from tests.chaos.server import TOKENS
from tests.chaos.supervisor import Supervisor, supervised
from tests.chaos.verification import ServerRecords, Verification

CONCURRENCY = 10


@attrs.frozen(kw_only=True)
class Report:
    """Outcomes, failed checks and leaked resources of a run."""

    outcomes: list[Outcome]
    verification: Verification
    leaked: list[str]
    stops: int
    seconds: float

    @property
    def faults(self) -> list[str]:
        """All failed checks."""
        return [*self.verification.faults, *(f"leaked: {what}" for what in self.leaked)]

    def __str__(self) -> str:
        verification, endings = self.verification, Counter(outcome.ending for outcome in self.outcomes)
        count = len(self.outcomes)
        slowest = max((outcome.seconds for outcome in self.outcomes), default=0.0)
        silence = max((outcome.silence for outcome in self.outcomes), default=0.0)
        latest = max((outcome.overdue for outcome in self.outcomes), default=0.0)
        lines = (
            f"{count} schedules in {self.seconds:.0f} s ({count / self.seconds:.1f} a second)",
            f"restarts of the server {self.stops}",
            f"characters lost {verification.lost}, repeated {verification.repeated}, foreign {verification.foreign}",
            f"messages posted twice {verification.posted_twice}",
            f"tasks, sockets or threads leaked {len(self.leaked)}",
            f"slowest end {slowest:.1f} s, longest silence {silence:.1f} s, latest end {latest:.2f} s after a deadline",
            *(f"  {number:6} {ending}" for ending, number in endings.most_common()),
            *(f"  {number:6} AnswerUnknownError: {reason}" for reason, number in verification.unknown_answers.most_common()),
            *(f"FAULT {fault}" for fault in self.faults),
        )
        return "\n".join(lines)


async def campaign(
    scenarios: Iterator[Scenario],
    folder: Path,
    *,
    concurrency: int = CONCURRENCY,
    progress: Callable[[int], object] = lambda _: None,
) -> Report:
    """Runs the scenarios against a server that stores its data in `folder`."""
    outcomes = list[Outcome]()

    def note(outcomes_of_one: list[Outcome]) -> None:
        outcomes.extend(outcomes_of_one)
        progress(len(outcomes))

    began = time.monotonic()
    async with supervised(folder) as supervisor:
        await _set_up(supervisor)
        leaked = await run_all(scenarios, supervisor, concurrency=concurrency, note=note)
    seconds = time.monotonic() - began
    verification = Verification().verify(outcomes, ServerRecords.read(folder))
    return Report(outcomes=outcomes, verification=verification, leaked=leaked, stops=supervisor.stops, seconds=seconds)


async def _set_up(supervisor: Supervisor) -> None:
    async with AsyncAIZoomDocClient(supervisor.url, TOKENS[1], token_store=MemoryTokenStore()) as client:
        await client.update_settings(model_profile="complex")
