"""A whole chaos run: so many schedules from a seed, and what is to be said about it afterwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from tests.chaos.judging import ServersTruth, Verdict
from tests.chaos.outcomes import Outcome
from tests.chaos.running import run_all
from tests.chaos.schedules import Sitting
from tests.chaos.server import TOKENS
from tests.chaos.supervisor import Supervisor, supervised

LANES = 10


@attrs.frozen(kw_only=True)
class Report:
    """What came of it."""

    outcomes: list[Outcome]
    verdict: Verdict
    left: list[str]
    deaths: int
    seconds: float

    @property
    def faults(self) -> list[str]:
        """All that must not be."""
        return [*self.verdict.faults, *(f"left behind: {what}" for what in self.left)]

    def __str__(self) -> str:
        verdict, ways = self.verdict, Counter(outcome.way for outcome in self.outcomes)
        count = len(self.outcomes)
        slowest = max((outcome.seconds for outcome in self.outcomes), default=0.0)
        silence = max((outcome.silence for outcome in self.outcomes), default=0.0)
        latest = max((outcome.overdue for outcome in self.outcomes), default=0.0)
        lines = (
            f"{count} schedules in {self.seconds:.0f} s ({count / self.seconds:.1f} a second)",
            f"restarts of the server {self.deaths}",
            f"characters lost {verdict.lost}, repeated {verdict.repeated}, foreign {verdict.foreign}",
            f"messages posted twice {verdict.posted_twice}",
            f"tasks, sockets or threads left {len(self.left)}",
            f"slowest end {slowest:.1f} s, longest silence {silence:.1f} s, latest end {latest:.2f} s after a deadline",
            *(f"  {number:6} {way}" for way, number in ways.most_common()),
            *(f"  {number:6} AnswerUnknownError: {doubt}" for doubt, number in verdict.doubts.most_common()),
            *(f"FAULT {fault}" for fault in self.faults),
        )
        return "\n".join(lines)


async def campaign(
    sittings: Iterator[Sitting], folder: Path, *, lanes: int = LANES, progress: Callable[[int], object] = lambda _: None
) -> Report:
    """Runs the sittings against a server with its data in `folder`."""
    outcomes = list[Outcome]()

    def note(more: list[Outcome]) -> None:
        outcomes.extend(more)
        progress(len(outcomes))

    began = time.monotonic()
    async with supervised(folder) as supervisor:
        await _furnish(supervisor)
        left = await run_all(sittings, supervisor, lanes=lanes, note=note)
    seconds = time.monotonic() - began
    verdict = Verdict().judge(outcomes, ServersTruth.read(folder))
    return Report(outcomes=outcomes, verdict=verdict, left=left, deaths=supervisor.deaths, seconds=seconds)


async def _furnish(supervisor: Supervisor) -> None:
    async with AsyncAIZoomDocClient(supervisor.url, TOKENS[1], token_store=MemoryTokenStore()) as client:
        await client.update_settings(model_profile="complex")
