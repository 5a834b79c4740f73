"""The load scenarios in their small size: the claims must hold for hundreds of calls; `nox -s load` runs the full size."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest

from .clock_faults import clocks, foreign
from .expired_login import expired_login
from .report import Report
from .scale import SMALL, Scale
from .shared_login import one_login
from .shared_token_file import one_file, rotation
from .streams import streams

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and kills processes as POSIX has it")


def broken(scenario: Callable[[Scale, Report], Awaitable[None]]) -> list[str]:
    """The broken claims of a scenario, which must have made some."""

    async def run() -> Report:
        report = Report()
        await scenario(SMALL, report)
        return report

    report = asyncio.run(run())
    assert report.claims > 0
    return report.broken


@pytest.mark.timeout(120)
def test_concurrent_calls_share_one_login() -> None:
    """One exchange or one failure for all concurrent calls, whichever of them are cancelled."""
    assert [] == broken(one_login)


@pytest.mark.timeout(120)
def test_processes_share_one_file() -> None:
    """One exchange for all processes of a token file, also after a kill; one warning each if it cannot be used."""
    assert [] == broken(one_file)


@pytest.mark.timeout(120)
def test_no_refresh_token_is_shown_twice() -> None:
    """A server that accepts each refresh token once gets each once, from all processes together."""
    assert [] == broken(rotation)


def test_all_calls_raise_that_the_login_expired() -> None:
    """Without any valid credential, all calls raise `TokenExpiredError`, also later ones."""
    assert [] == broken(expired_login)


def test_wrong_clocks_do_not_expire_a_token() -> None:
    """Wrong, jumping and stopped clocks lead to at most one exchange."""
    assert [] == broken(clocks)


def test_an_unreadable_token_is_exchanged_once() -> None:
    """A shared token that the server answers with 500 is exchanged once; a 500 of the server itself leads to no more."""
    assert [] == broken(foreign)


@pytest.mark.timeout(120)
def test_a_stopped_consumer_does_not_delay_others() -> None:
    """Other answers are complete beside an unread one, which is bounded in memory and loses no text."""
    assert [] == broken(streams)


def test_a_broken_claim_is_reported() -> None:
    """A broken claim is reported with the expected and the actual value."""
    report = Report()
    report.claim("two", 2, 1 + 1)
    report.claim("three", 3, 1 + 1)

    assert ["BROKEN  three: expected 3, but it was 2"] == report.broken
