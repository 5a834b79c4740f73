"""Many processes that share one token file."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import attrs

from .processes import Told, server, told
from .report import Report
from .scale import Scale

CALLS = 50
"""Calls that each process makes at once."""
TOKENS = "tokens.json"
UNUSABLE = (("full disk", TOKENS, "full-disk"), ("read-only folder", "/sys/aizoomdoc/tokens.json", ""))
"""Token files that cannot be written. In the second folder nobody makes anything, root included."""


@attrs.frozen
class Fleet:
    """Processes that share a token file and a clock, and the server that they ask."""

    served: Told
    workers: Sequence[Told]
    clock: Path

    async def all_call(self, among: Sequence[Told] | None = None) -> dict[str, Any]:
        """What comes of all processes calling at once: successes, errors and complaints together."""
        workers = self.workers if among is None else among
        replies = await asyncio.gather(*(worker.tell("call", calls=CALLS) for worker in workers))
        return {
            "successes": sum(reply["successes"] for reply in replies),
            "errors": sorted({error for reply in replies for error in reply["errors"]}),
            "complaints": [reply["complaints"] for reply in replies],
        }

    def pass_time(self, seconds: float) -> None:
        """On the clock of all processes."""
        now = float(self.clock.read_text(encoding="ascii"))
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(now + seconds), encoding="ascii")
        draft.replace(self.clock)


@contextlib.asynccontextmanager
async def fleet(processes: int, behavior: str = "production", *, tokens: str = TOKENS, disk: str = "") -> AsyncGenerator[Fleet]:
    """So many processes, with a folder of their own that is empty."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        clock = folder / "clock"
        clock.write_text("1000000", encoding="ascii")
        served = await stack.enter_async_context(server(behavior))
        arguments = (served.first_line, folder / tokens, clock, *filter(None, [disk]))
        starting = (stack.enter_async_context(told("tests.load.worker", *arguments)) for _ in range(processes))
        yield Fleet(served, [await worker for worker in starting], clock)


def succeeded(processes: int) -> dict[str, Any]:
    """What comes of it when everything goes well."""
    return {"successes": processes * CALLS, "errors": [], "complaints": [[]] * processes}


async def one_file(scale: Scale, report: Report) -> None:
    """One exchange for all processes each time that their token ends, also when the one that exchanges is killed."""
    count = scale.processes
    async with fleet(count) as ships:
        await _rounds(scale, report, ships)
        await _killed(report, ships)
    for what, tokens, disk in UNUSABLE[: scale.disks]:
        await _unusable(scale, report, what, tokens=tokens, disk=disk)


async def _rounds(scale: Scale, report: Report, ships: Fleet) -> None:
    count = scale.processes
    for what in ("is over by the clock", "is rejected by the server"):
        seconds, outcomes, exchanges = 0.0, list[dict[str, Any]](), list[int]()
        for _ in range(scale.rounds):
            if what.endswith("server"):
                await ships.served.tell("expire")
            else:
                ships.pass_time(4000)
            before, began = await ships.served.counts(), time.perf_counter()
            outcomes.append(await ships.all_call())
            seconds += time.perf_counter() - began
            exchanges.append((await ships.served.counts() - before)["exchanges"])
        calls = f"{count} processes with {CALLS} calls each, {scale.rounds} times on a token that {what}"
        report.claim(f"{calls}: all succeed, without a warning", [succeeded(count)] * scale.rounds, outcomes)
        report.claim(f"{calls}: one exchange a time", [1] * scale.rounds, exchanges)
        report.figure(f"{calls}, a time", seconds / scale.rounds, "s")


async def _killed(report: Report, ships: Fleet) -> None:
    """The process that exchanges is killed while it holds the lock and the others wait for it."""
    ships.pass_time(4000)
    await ships.served.tell("hold", method="POST", path="/auth/exchange")
    before = await ships.served.counts()
    victim, *others = ships.workers
    last_words = asyncio.create_task(victim.tell("call", calls=CALLS))
    await ships.served.tell("until", name="exchanges", count=before["exchanges"] + 1)
    calling = asyncio.create_task(ships.all_call(others))
    await asyncio.sleep(0.3)  # so that the others wait for the lock; what is claimed is so without it, too
    began = time.perf_counter()
    await victim.kill()
    await asyncio.gather(last_words, return_exceptions=True)
    outcome, seconds = await calling, time.perf_counter() - began
    asked = await ships.served.counts() - before
    report.claim("killed while it exchanged: the others succeed, without a warning", succeeded(len(others)), outcome)
    report.claim("killed while it exchanged: one of the others exchanges", 2, asked["exchanges"])
    report.figure("from the kill until all others have succeeded", seconds, "s")


async def _unusable(scale: Scale, report: Report, what: str, *, tokens: str, disk: str) -> None:
    count, rounds = scale.processes, min(scale.rounds, 2)
    async with fleet(count, tokens=tokens, disk=disk) as ships:
        for _ in range(rounds):
            outcome = await ships.all_call()
            ships.pass_time(4000)
        exchanges = (await ships.served.counts())["exchanges"]
    report.claim(f"{what}: all calls succeed", (count * CALLS, []), (outcome["successes"], outcome["errors"]))
    report.claim(f"{what}: each process exchanges for itself, once a time", count * rounds, exchanges)
    report.claim(f"{what}: one warning a process", [1] * count, [len(said) for said in outcome["complaints"]])


async def rotation(scale: Scale, report: Report) -> None:
    """A server that takes each refresh token once never sees one again, whoever asks; and what comes when it refuses them."""
    count = scale.processes
    async with fleet(count, "contract") as ships:
        await ships.all_call()
        outcomes = list[dict[str, Any]]()
        for number in range(2 * scale.rounds):
            if number % 2:
                await ships.served.tell("expire")
            else:
                ships.pass_time(4000)
            outcomes.append(await ships.all_call())
        asked = await ships.served.counts()
        ends = 2 * scale.rounds
        report.claim(f"{count} processes, {ends} ends of their token: all calls succeed", [succeeded(count)] * ends, outcomes)
        report.claim(f"{count} processes, {ends} ends of their token: one refresh each", ends, asked["refreshes"])
        report.claim(f"{count} processes: no refresh token is shown twice", 0, asked["shown twice"])
        report.claim(f"{count} processes: the static token travels once", 1, asked["exchanges"])
        await ships.served.tell("expire")
        await ships.served.tell("expire_refresh_tokens")
        outcome, now = await ships.all_call(), await ships.served.counts() - asked
        report.claim("a refused refresh token: all calls succeed by the static token", succeeded(count), outcome)
        report.claim("a refused refresh token: shown once, and one exchange", (1, 1), (now["refreshes"], now["exchanges"]))
