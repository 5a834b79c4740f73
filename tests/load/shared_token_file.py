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

from .processes import ControlledProcess, controlled_process, server
from .report import Report
from .scale import Scale

CALLS = 50
"""Concurrent calls of each process."""
TOKENS = "tokens.json"
UNUSABLE = (("full disk", TOKENS, "full-disk"), ("read-only folder", "/sys/aizoomdoc/tokens.json", ""))
"""Token files that cannot be written. In the second folder not even root can create files."""


@attrs.frozen
class WorkerGroup:
    """Worker processes that share a token file, a clock and a server."""

    served: ControlledProcess
    workers: Sequence[ControlledProcess]
    clock: Path

    async def all_call(self, among: Sequence[ControlledProcess] | None = None) -> dict[str, Any]:
        """Lets all processes call at once; returns their successes, errors and complaints together."""
        workers = self.workers if among is None else among
        replies = await asyncio.gather(*(worker.send("call", calls=CALLS) for worker in workers))
        return {
            "successes": sum(reply["successes"] for reply in replies),
            "errors": sorted({error for reply in replies for error in reply["errors"]}),
            "complaints": [reply["complaints"] for reply in replies],
        }

    def advance_clock(self, seconds: float) -> None:
        """Advances the shared clock of all processes."""
        now = float(self.clock.read_text(encoding="ascii"))
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(now + seconds), encoding="ascii")
        draft.replace(self.clock)


@contextlib.asynccontextmanager
async def worker_group(
    processes: int, behavior: str = "production", *, tokens: str = TOKENS, disk: str = ""
) -> AsyncGenerator[WorkerGroup]:
    """Starts `processes` workers with a new empty folder."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        clock = folder / "clock"
        clock.write_text("1000000", encoding="ascii")
        served = await stack.enter_async_context(server(behavior))
        arguments = (served.first_line, folder / tokens, clock, *filter(None, [disk]))
        starting = (stack.enter_async_context(controlled_process("tests.load.worker", *arguments)) for _ in range(processes))
        yield WorkerGroup(served, [await worker for worker in starting], clock)


def all_succeeded(processes: int) -> dict[str, Any]:
    """The result when all calls succeed without a complaint."""
    return {"successes": processes * CALLS, "errors": [], "complaints": [[]] * processes}


async def one_file(scale: Scale, report: Report) -> None:
    """One exchange for all processes at each expiry of their token, also if the exchanging process is killed."""
    count = scale.processes
    async with worker_group(count) as group:
        await _rounds(scale, report, group)
        await _killed(report, group)
    for what, tokens, disk in UNUSABLE[: scale.disks]:
        await _unusable(scale, report, what, tokens=tokens, disk=disk)


async def _rounds(scale: Scale, report: Report, group: WorkerGroup) -> None:
    count = scale.processes
    for what in ("is expired by the clock", "is rejected by the server"):
        seconds, outcomes, exchanges = 0.0, list[dict[str, Any]](), list[int]()
        for _ in range(scale.rounds):
            if what.endswith("server"):
                await group.served.send("expire")
            else:
                group.advance_clock(4000)
            before, began = await group.served.counts(), time.perf_counter()
            outcomes.append(await group.all_call())
            seconds += time.perf_counter() - began
            exchanges.append((await group.served.counts() - before)["exchanges"])
        calls = f"{count} processes with {CALLS} calls each, {scale.rounds} times on a token that {what}"
        report.claim(f"{calls}: all succeed, without a warning", [all_succeeded(count)] * scale.rounds, outcomes)
        report.claim(f"{calls}: one exchange a time", [1] * scale.rounds, exchanges)
        report.figure(f"{calls}, a time", seconds / scale.rounds, "s")


async def _killed(report: Report, group: WorkerGroup) -> None:
    """The process that exchanges is killed while it holds the lock and the others wait for it."""
    group.advance_clock(4000)
    await group.served.send("hold", method="POST", path="/auth/exchange")
    before = await group.served.counts()
    killed, *others = group.workers
    killed_call = asyncio.create_task(killed.send("call", calls=CALLS))
    await group.served.send("until", name="exchanges", count=before["exchanges"] + 1)
    calling = asyncio.create_task(group.all_call(others))
    await asyncio.sleep(0.3)  # so that the others wait for the lock; the claims hold without it, too
    began = time.perf_counter()
    await killed.kill()
    await asyncio.gather(killed_call, return_exceptions=True)
    outcome, seconds = await calling, time.perf_counter() - began
    counts = await group.served.counts() - before
    report.claim("killed while it exchanged: the others succeed, without a warning", all_succeeded(len(others)), outcome)
    report.claim("killed while it exchanged: one of the others exchanges", 2, counts["exchanges"])
    report.figure("from the kill until all others have succeeded", seconds, "s")


async def _unusable(scale: Scale, report: Report, what: str, *, tokens: str, disk: str) -> None:
    count, rounds = scale.processes, min(scale.rounds, 2)
    async with worker_group(count, tokens=tokens, disk=disk) as group:
        for _ in range(rounds):
            outcome = await group.all_call()
            group.advance_clock(4000)
        exchanges = (await group.served.counts())["exchanges"]
    report.claim(f"{what}: all calls succeed", (count * CALLS, []), (outcome["successes"], outcome["errors"]))
    report.claim(f"{what}: each process exchanges for itself, once a time", count * rounds, exchanges)
    report.claim(f"{what}: one warning a process", [1] * count, [len(complaints) for complaints in outcome["complaints"]])


async def rotation(scale: Scale, report: Report) -> None:
    """Each rotating refresh token is sent once by all processes together; rejected ones lead to one exchange."""
    count = scale.processes
    async with worker_group(count, "contract") as group:
        await group.all_call()
        outcomes = list[dict[str, Any]]()
        for number in range(2 * scale.rounds):
            if number % 2:
                await group.served.send("expire")
            else:
                group.advance_clock(4000)
            outcomes.append(await group.all_call())
        counts = await group.served.counts()
        ends = 2 * scale.rounds
        report.claim(
            f"{count} processes, {ends} expiries of their token: all calls succeed", [all_succeeded(count)] * ends, outcomes
        )
        report.claim(f"{count} processes, {ends} expiries of their token: one refresh each", ends, counts["refreshes"])
        report.claim(f"{count} processes: no refresh token is sent twice", 0, counts["shown twice"])
        report.claim(f"{count} processes: the static token is sent once", 1, counts["exchanges"])
        await group.served.send("expire")
        await group.served.send("expire_refresh_tokens")
        outcome, now = await group.all_call(), await group.served.counts() - counts
        report.claim("a rejected refresh token: all calls succeed by the static token", all_succeeded(count), outcome)
        report.claim("a rejected refresh token: sent once, and one exchange", (1, 1), (now["refreshes"], now["exchanges"]))
