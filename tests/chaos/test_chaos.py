"""The short form of a chaos run: real processes and sockets, kill -9, a line that breaks; `nox -s chaos` is the long one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.chaos.campaign import campaign
from tests.chaos.schedules import sittings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the server of these tests forks")

SCHEDULES = 200


@pytest.mark.timeout(180)
async def test_nothing_is_lost_repeated_foreign_posted_twice_or_left(tmp_path: Path) -> None:
    """Every question ends in a text that the server stored for it, or in a typed error, whatever breaks."""
    report = await campaign(sittings("the same every time", SCHEDULES), tmp_path / "server")

    assert [] == report.faults, str(report)
    ways = {outcome.way for outcome in report.outcomes}
    assert {"straight", "adopted", "re-run"} <= ways, "the schedules are no longer hard enough"
    assert SCHEDULES == len(report.outcomes)


def test_the_same_seed_gives_the_same_schedules() -> None:
    """What was found once is found again; another seed gives others."""
    drawn = [list(sittings(seed, 50)) for seed in ("one", "one", "two")]

    assert (True, False) == (drawn[0] == drawn[1], drawn[0] == drawn[2])
    assert 50 == sum(len(sitting.schedules) for sitting in drawn[0])
