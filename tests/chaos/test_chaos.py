"""A short chaos run with real processes and sockets, kill -9 and failing connections; `nox -s chaos` is the long one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.chaos.campaign import campaign
from tests.chaos.schedules import scenarios

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the server of these tests forks")

SCHEDULES = 200
CONCURRENT = 20
"""Clients at once: most of the time each of them waits for a time-out."""


@pytest.mark.timeout(180)
async def test_no_text_or_message_is_lost_repeated_or_foreign_and_nothing_is_leaked(tmp_path: Path) -> None:
    """Every question ends in a text that the server stored for it, or in a typed error."""
    report = await campaign(scenarios("the same every time", SCHEDULES), tmp_path / "server", concurrency=CONCURRENT)

    assert [] == report.faults, str(report)
    endings = {outcome.ending for outcome in report.outcomes}
    every = {"straight", "adopted", "re-run", "taken up: adopted", "taken up: re-run", "taken up: StreamInterruptedError"}
    assert every <= endings, "the schedules no longer cover all endings"
    assert SCHEDULES == len(report.outcomes)


def test_the_same_seed_gives_the_same_schedules() -> None:
    """A failure can be reproduced by its seed; another seed gives other schedules."""
    drawn = [list(scenarios(seed, 50)) for seed in ("one", "one", "two")]

    assert (True, False) == (drawn[0] == drawn[1], drawn[0] == drawn[2])
    assert 50 == sum(len(scenario.schedules) for scenario in drawn[0])
