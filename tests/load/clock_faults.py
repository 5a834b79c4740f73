"""Clocks that are wrong, jump or stand still, and unreadable tokens, each with many concurrent calls."""

from __future__ import annotations

from collections import Counter

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, ServerError
from aizoomdoc_client.storage.base import TokenKey, TokenSet

from .concurrent_calls import Clock, at_once, make_client, set_clock
from .processes import ControlledProcess, server
from .report import Report
from .scale import Scale
from .shared_login import FAST_RETRIES

TEN_YEARS = 10 * 365.25 * 24 * 3600
NOW = 1_800_000_000.0


class ClockScenario:
    """A client and the server's counts since the client was made."""

    def __init__(self, scale: Scale, report: Report, served: ControlledProcess, client: AsyncAIZoomDocClient) -> None:
        self.calls = scale.calls // 10
        self.served, self.client = served, client
        self.wall = client._parts.auth._wall_clock = Clock(NOW)
        self.monotonic = set_clock(client)
        self._report = report
        self._before = Counter[str]()

    async def begin(self) -> None:
        """Resets the counts."""
        self._before = await self.served.counts()

    async def all_succeed(self, what: str, **expected: int) -> None:
        """Claims that all concurrent calls succeed, and the `expected` counts of the server since `begin`."""
        outcome = await at_once(self.calls, self.client.get_me)
        counts = await self.served.counts() - self._before
        self._report.claim(f"{what}: {self.calls:,} calls succeed", {"success": self.calls}, outcome.kinds)
        for name, count in expected.items():
            self._report.claim(f"{what}: {name} so far", count, counts[name])


async def clocks(scale: Scale, report: Report) -> None:
    """A wall clock that is wrong or jumps expires no token; after a suspension one rejection leads to one exchange."""
    async with server() as served:
        for years, skew in (("10 years ahead", TEN_YEARS), ("10 years behind", -TEN_YEARS)):
            await served.send("skew", seconds=skew)
            async with make_client(served.first_line) as client:
                scenario = ClockScenario(scale, report, served, client)
                await scenario.begin()
                await scenario.all_succeed(f"the server's clock {years}", exchanges=1)
                scenario.wall.now += skew
                await scenario.all_succeed(f"the server's clock, and then the wall clock, {years}", exchanges=1)
        await served.send("skew", seconds=0)
        await _clock_set_between_runs(scale, report, served)
        await _suspended(scale, report, served)


async def _clock_set_between_runs(scale: Scale, report: Report, served: ControlledProcess) -> None:
    """A wall clock set forward or back between two runs: the stored token is tried or renewed, its expiry is not trusted."""
    for what, jump in (("ahead", TEN_YEARS), ("back", -TEN_YEARS)):
        store = MemoryTokenStore()
        async with make_client(served.first_line, token_store=store) as client:
            scenario = ClockScenario(scale, report, served, client)
            await scenario.begin()
            await scenario.all_succeed("a run before the clock was set", exchanges=1)
        await served.send("expire")
        async with make_client(served.first_line, token_store=store) as client:
            scenario = ClockScenario(scale, report, served, client)
            scenario.wall.now = NOW + jump
            await scenario.begin()
            await scenario.all_succeed(f"the next run, its clock set {what} by 10 years", exchanges=1)


async def _suspended(scale: Scale, report: Report, served: ControlledProcess) -> None:
    """The monotonic clock stood still for a night, so the expired token seems valid."""
    async with make_client(served.first_line) as client:
        scenario = ClockScenario(scale, report, served, client)
        await scenario.begin()
        await scenario.all_succeed("before the suspension", exchanges=1)
        await served.send("expire")
        scenario.wall.now += 9 * 3600
        await scenario.begin()
        await scenario.all_succeed("after a suspension of 9 hours", exchanges=1, calls=2 * scenario.calls)


async def foreign(scale: Scale, report: Report) -> None:
    """A token that the server cannot read leads to one exchange; so does a broken server, with a bounded number of retries."""
    calls = scale.calls // 10
    async with server() as served:
        store = MemoryTokenStore()
        key = TokenKey.of_static_token(served.first_line, "your-static-token")
        store.save(key, TokenSet(access_token="of.another.server", expires_at=4e9, expires_in=3600))
        async with make_client(served.first_line, token_store=store) as client:
            scenario = ClockScenario(scale, report, served, client)
            await scenario.begin()
            await scenario.all_succeed("a stored token that is answered by 500", exchanges=1, calls=2 * calls)
        async with make_client(served.first_line, token_store=store, retry=FAST_RETRIES) as client:
            await served.send("answer", method="GET", path="/me", status=500)
            before = await served.counts()
            outcome = await at_once(calls, client.get_me)
            counts = await served.counts() - before
        report.claim(f"a server that answers 500 to everything: {calls:,} calls fail", {"ServerError": calls}, outcome.kinds)
        report.claim("a server that answers 500 to everything: one exchange", 1, counts["exchanges"])
        # Each call once with either token, and the retries that the budget of 50 and its refills allow.
        report.claim("a server that answers 500 to everything: requests stay below", True, counts["calls"] <= 2 * calls + 55)
        report.figure("a server that answers 500 to everything: requests a call", counts["calls"] / calls, "")
        report.claim("all errors are the server's", {ServerError}, {type(error) for error in outcome.errors})
