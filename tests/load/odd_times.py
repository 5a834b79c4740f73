"""Clocks that are wrong, jump or stand still, and tokens that no server can read, with a crowd of calls each time."""

from __future__ import annotations

from collections import Counter

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, ServerError
from aizoomdoc_client.storage.base import TokenKey, TokenSet

from .crowd import Clock, at_once, client_of, with_clock
from .one_login import QUICK
from .processes import Told, server
from .report import Report
from .scale import Scale

TEN_YEARS = 10 * 365.25 * 24 * 3600
NOW = 1_800_000_000.0


class Scene:
    """A client and the server's counts since the client was made."""

    def __init__(self, scale: Scale, report: Report, served: Told, client: AsyncAIZoomDocClient) -> None:
        self.calls = scale.calls // 10
        self.served, self.client = served, client
        self.wall = client._parts.auth._wall_clock = Clock(NOW)
        self.monotonic = with_clock(client)
        self._report = report
        self._before = Counter[str]()

    async def begin(self) -> None:
        """Counts from now on."""
        self._before = await self.served.counts()

    async def all_succeed(self, what: str, **expected: int) -> None:
        """Claims that a crowd succeeds, after so many `exchanges`, and at most so many `calls` of the server, since `begin`."""
        outcome = await at_once(self.calls, self.client.get_me)
        asked = await self.served.counts() - self._before
        self._report.claim(f"{what}: {self.calls:,} calls succeed", {"success": self.calls}, outcome.kinds)
        for name, count in expected.items():
            self._report.claim(f"{what}: {name} so far", count, asked[name])


async def clocks(scale: Scale, report: Report) -> None:
    """A wall clock that is wrong or jumps ends no token; after a suspension one refusal leads to one exchange."""
    async with server() as served:
        for years, skew in (("10 years ahead", TEN_YEARS), ("10 years behind", -TEN_YEARS)):
            await served.tell("skew", seconds=skew)
            async with client_of(served.first_line) as client:
                scene = Scene(scale, report, served, client)
                await scene.begin()
                await scene.all_succeed(f"the server's clock {years}", exchanges=1)
                scene.wall.now += skew
                await scene.all_succeed(f"the server's clock, and then the wall clock, {years}", exchanges=1)
        await served.tell("skew", seconds=0)
        await _loaded_by_a_wrong_clock(scale, report, served)
        await _suspended(scale, report, served)


async def _loaded_by_a_wrong_clock(scale: Scale, report: Report, served: Told) -> None:
    """A wall clock that was set between two runs, in both directions: the token found is tried, or renewed, and never trusted."""
    for what, jump in (("ahead", TEN_YEARS), ("back", -TEN_YEARS)):
        store = MemoryTokenStore()
        async with client_of(served.first_line, token_store=store) as client:
            scene = Scene(scale, report, served, client)
            await scene.begin()
            await scene.all_succeed("a run before the clock was set", exchanges=1)
        await served.tell("expire")
        async with client_of(served.first_line, token_store=store) as client:
            scene = Scene(scale, report, served, client)
            scene.wall.now = NOW + jump
            await scene.begin()
            await scene.all_succeed(f"the next run, its clock set {what} by 10 years", exchanges=1)


async def _suspended(scale: Scale, report: Report, served: Told) -> None:
    """The monotonic clock stood still for a night: by it the token has its whole life before it."""
    async with client_of(served.first_line) as client:
        scene = Scene(scale, report, served, client)
        await scene.begin()
        await scene.all_succeed("before the suspension", exchanges=1)
        await served.tell("expire")
        scene.wall.now += 9 * 3600
        await scene.begin()
        await scene.all_succeed("after a suspension of 9 hours", exchanges=1, calls=2 * scene.calls)


async def foreign(scale: Scale, report: Report) -> None:
    """A token that the server cannot read costs one exchange; a server that is broken costs no more than that, and no storm."""
    calls = scale.calls // 10
    async with server() as served:
        store = MemoryTokenStore()
        key = TokenKey.of_static_token(served.first_line, "your-static-token")
        store.save(key, TokenSet(access_token="of.another.server", expires_at=4e9, expires_in=3600))
        async with client_of(served.first_line, token_store=store) as client:
            scene = Scene(scale, report, served, client)
            await scene.begin()
            await scene.all_succeed("a stored token that is answered by 500", exchanges=1, calls=2 * calls)
        async with client_of(served.first_line, token_store=store, retry=QUICK) as client:
            await served.tell("answer", method="GET", path="/me", status=500)
            before = await served.counts()
            outcome = await at_once(calls, client.get_me)
            asked = await served.counts() - before
        report.claim(f"a server that answers 500 to everything: {calls:,} calls fail", {"ServerError": calls}, outcome.kinds)
        report.claim("a server that answers 500 to everything: one exchange", 1, asked["exchanges"])
        # Each call once with either token, and the retries that the budget of 50 and its refunds allow.
        report.claim("a server that answers 500 to everything: requests stay below", True, asked["calls"] <= 2 * calls + 55)
        report.figure("a server that answers 500 to everything: requests a call", asked["calls"] / calls, "")
        report.claim("all errors are the server's", {ServerError}, {type(error) for error in outcome.errors})
