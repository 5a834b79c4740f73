"""The small forms of the load runs: what they claim must hold for hundreds as for thousands; `nox -s load` is the full size."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest

from .expired_login import expired_login
from .odd_times import clocks, foreign
from .one_file import one_file, rotation
from .one_login import one_login
from .report import Report
from .scale import SMALL, Scale
from .streams import streams

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and kills processes as POSIX has it")


def broken(scenario: Callable[[Scale, Report], Awaitable[None]]) -> list[str]:
    """What a scenario claims and does not hold; it must have claimed something."""

    async def play() -> Report:
        report = Report()
        await scenario(SMALL, report)
        return report

    report = asyncio.run(play())
    assert report.claims > 0
    return report.broken


@pytest.mark.timeout(120)
def test_a_crowd_shares_one_login() -> None:
    """One exchange or one failure for all calls at once, whoever of them is cancelled."""
    assert [] == broken(one_login)


@pytest.mark.timeout(120)
def test_processes_share_one_file() -> None:
    """One exchange for all processes of a token file, also after a kill, and one warning each where it cannot be used."""
    assert [] == broken(one_file)


@pytest.mark.timeout(120)
def test_no_refresh_token_is_shown_twice() -> None:
    """A server that takes each refresh token once gets each once, from all processes together."""
    assert [] == broken(rotation)


def test_a_crowd_is_told_that_the_login_expired() -> None:
    """With nothing left to log in with, all calls raise `TokenExpiredError`, now and later."""
    assert [] == broken(expired_login)


def test_no_clock_ends_a_token() -> None:
    """Wrong, jumping and sleeping clocks cost one exchange at the most."""
    assert [] == broken(clocks)


def test_an_unreadable_token_starts_no_storm() -> None:
    """A crowd's token that the server answers with 500 is exchanged once, and a server's own 500 is no reason to go on."""
    assert [] == broken(foreign)


@pytest.mark.timeout(120)
def test_a_stuck_consumer_holds_up_nobody() -> None:
    """Other answers end complete beside one that nobody reads on, which is bounded in memory and loses nothing."""
    assert [] == broken(streams)


def test_a_broken_claim_is_told() -> None:
    """A claim that does not hold is in the report with what was expected and what was."""
    report = Report()
    report.claim("two", 2, 1 + 1)
    report.claim("three", 3, 1 + 1)

    assert ["BROKEN  three: expected 3, and it was 2"] == report.broken
