"""Thousands of calls at once in one process, on one login."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections import Counter

from aizoomdoc_client import APIError, AsyncAIZoomDocClient, RetryPolicy
from aizoomdoc_client.models import Me

from .crowd import MIB, at_once, client_of, complaints, nothing_left, with_clock
from .processes import Told, server
from .report import Report
from .scale import Scale

QUICK = RetryPolicy(base_delay=0.01, max_delay=0.05)
"""Three attempts, as by default, without the waits between them: that is the claim of other tests."""


async def one_login(scale: Scale, report: Report) -> None:
    """One exchange for all calls, whether the token is missing, over or rejected; one failure for all, and nothing left."""
    with complaints() as complained:
        async with nothing_left() as left, server() as served:
            await _exchanged_once(scale, report, served)
            await _failed_once(scale, report, served)
            await _cancelled(scale, report, served)
        gc.collect()
    report.claim("no task is left", [], left)
    report.claim("no exception that nobody retrieved, no task destroyed, no warning", [], complained)


async def _exchanged_once(scale: Scale, report: Report, served: Told) -> None:
    calls = scale.calls
    async with client_of(served.first_line, retry=QUICK) as client:
        clock = with_clock(client)

        async def measured(what: str) -> None:
            before = await served.counts()
            outcome = await at_once(calls, client.get_me)
            asked = await served.counts() - before
            report.claim(f"{calls:,} calls {what} succeed", {"success": calls}, outcome.kinds)
            report.claim(f"{calls:,} calls {what} make one exchange", 1, asked["exchanges"])
            report.figure(f"{calls:,} calls {what}", outcome.seconds, "s")
            report.figure(f"{calls:,} calls {what}, peak memory above the start", outcome.memory / MIB, "MiB")

        await measured("without a token")
        clock.now += 4000
        await measured("on an expired token")
        await served.tell("expire")
        await measured("on a token that the server rejects")


async def _failed_once(scale: Scale, report: Report, served: Told) -> None:
    for status, attempts in ((401, 1), (500, 3), (0, 3)):
        # What exceeds the attempts that are allowed succeeds, and so breaks the claim that all calls fail.
        await served.tell("answer", method="POST", path="/auth/exchange", status=status, times=attempts)
        before = await served.counts()
        name = f"answered {status}" if status else "hanging until its deadline"
        await _all_fail(scale, report, served.first_line, name, attempts)
        asked = await served.counts() - before
        report.claim(f"an exchange {name}: attempts that the server saw", attempts, asked["exchanges"])
        report.claim(f"an exchange {name}: no call goes out without a token", 0, asked["calls"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        await _all_fail(scale, report, f"http://127.0.0.1:{taken.getsockname()[1]}", "refused", 3)


async def _all_fail(scale: Scale, report: Report, url: str, name: str, attempts: int) -> None:
    async with client_of(url, retry=QUICK, timeout=scale.deadline) as client:
        outcome = await at_once(scale.calls, client.get_me)
    errors = [error for error in outcome.errors if isinstance(error, APIError)]
    report.claim(f"an exchange {name} fails all {scale.calls:,} calls", scale.calls, len(errors))
    report.claim(f"an exchange {name}: attempts by each error", {attempts}, {error.attempts for error in errors})
    report.claim(f"an exchange {name}: each call has an error of its own", scale.calls, len({id(error) for error in errors}))
    report.claim(f"an exchange {name}: tracebacks are all of one length", 1, len(outcome.depths))
    report.figure(f"{scale.calls:,} calls on an exchange {name}", outcome.seconds, "s")
    report.figure(f"{scale.calls:,} calls on an exchange {name}, peak memory above the start", outcome.memory / MIB, "MiB")


async def _cancelled(scale: Scale, report: Report, served: Told) -> None:
    """The call that began the exchange and half of those that wait, and then all of them."""
    calls = scale.calls
    async with client_of(served.first_line) as client:
        waiting, before = await _waiting(calls, client, served)
        report.figure(f"cancelling {calls // 2:,} of {calls:,} calls that wait", await _cancel(waiting[: calls // 2]), "s")
        await served.tell("release")
        rest = await asyncio.gather(*waiting[calls // 2 :], return_exceptions=True)
        asked = await served.counts() - before
        report.claim("cancelling the first call and half of the others fails none of the rest", 0, _failures(rest))
        report.claim("cancelled calls make no second exchange", 1, asked["exchanges"])
    async with client_of(served.first_line) as client:
        waiting, _ = await _waiting(calls, client, served)
        report.figure(f"cancelling all {calls:,} calls that wait", await _cancel(waiting), "s")
        report.claim("all cancelled calls are cancelled", calls, sum(task.cancelled() for task in waiting))


async def _waiting(calls: int, client: AsyncAIZoomDocClient, served: Told) -> tuple[list[asyncio.Task[Me]], Counter[str]]:
    """Calls that wait for an exchange which the server has, and the server's counts before it."""
    await served.tell("hold", method="POST", path="/auth/exchange")
    before = await served.counts()
    waiting = [asyncio.create_task(client.get_me()) for _ in range(calls)]
    await served.tell("until", name="exchanges", count=before["exchanges"] + 1)
    return waiting, before


async def _cancel(tasks: list[asyncio.Task[Me]]) -> float:
    began = time.perf_counter()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return time.perf_counter() - began


def _failures(results: list[Me | BaseException]) -> int:
    return sum(isinstance(result, BaseException) for result in results)
