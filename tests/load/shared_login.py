"""Thousands of concurrent calls in one process, with one login."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections import Counter

from aizoomdoc_client import APIError, AsyncAIZoomDocClient, RetryPolicy
from aizoomdoc_client.models import Me

from .concurrent_calls import MIB, at_once, complaints, make_client, remaining_tasks, set_clock
from .processes import ControlledProcess, server
from .report import Report
from .scale import Scale

FAST_RETRIES = RetryPolicy(base_delay=0.01, max_delay=0.05)
"""Three attempts, as by default, with short waits; other tests check the waits."""


async def one_login(scale: Scale, report: Report) -> None:
    """One exchange for all calls if the token is missing, expired or rejected; one failure for all; no task is left."""
    with complaints() as found:
        async with remaining_tasks() as left, server() as served:
            await _exchanged_once(scale, report, served)
            await _failed_once(scale, report, served)
            await _cancelled(scale, report, served)
        gc.collect()
    report.claim("no task is left", [], left)
    report.claim("no exception is left unretrieved, no task destroyed, no warning issued", [], found)


async def _exchanged_once(scale: Scale, report: Report, served: ControlledProcess) -> None:
    calls = scale.calls
    async with make_client(served.first_line, retry=FAST_RETRIES) as client:
        clock = set_clock(client)

        async def measured(what: str) -> None:
            before = await served.counts()
            outcome = await at_once(calls, client.get_me)
            counts = await served.counts() - before
            report.claim(f"{calls:,} calls {what} succeed", {"success": calls}, outcome.kinds)
            report.claim(f"{calls:,} calls {what} make one exchange", 1, counts["exchanges"])
            report.figure(f"{calls:,} calls {what}", outcome.seconds, "s")
            report.figure(f"{calls:,} calls {what}, peak memory above the start", outcome.memory / MIB, "MiB")

        await measured("without a token")
        clock.now += 4000
        await measured("on an expired token")
        await served.send("expire")
        await measured("on a token that the server rejects")


async def _failed_once(scale: Scale, report: Report, served: ControlledProcess) -> None:
    for status, attempts in ((401, 1), (500, 3), (0, 3)):
        # An attempt beyond the allowed ones would succeed, which breaks the claim that all calls fail.
        await served.send("answer", method="POST", path="/auth/exchange", status=status, times=attempts)
        before = await served.counts()
        name = f"answered {status}" if status else "hanging until its deadline"
        await _all_fail(scale, report, served.first_line, name, attempts)
        counts = await served.counts() - before
        report.claim(f"an exchange {name}: attempts that the server saw", attempts, counts["exchanges"])
        report.claim(f"an exchange {name}: no call is sent without a token", 0, counts["calls"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        await _all_fail(scale, report, f"http://127.0.0.1:{taken.getsockname()[1]}", "refused", 3)


async def _all_fail(scale: Scale, report: Report, url: str, name: str, attempts: int) -> None:
    async with make_client(url, retry=FAST_RETRIES, timeout=scale.deadline) as client:
        outcome = await at_once(scale.calls, client.get_me)
    errors = [error for error in outcome.errors if isinstance(error, APIError)]
    report.claim(f"an exchange {name} fails all {scale.calls:,} calls", scale.calls, len(errors))
    report.claim(f"an exchange {name}: attempts by each error", {attempts}, {error.attempts for error in errors})
    report.claim(f"an exchange {name}: each call has its own error instance", scale.calls, len({id(error) for error in errors}))
    report.claim(f"an exchange {name}: all tracebacks have the same length", 1, len(outcome.depths))
    report.figure(f"{scale.calls:,} calls on an exchange {name}", outcome.seconds, "s")
    report.figure(f"{scale.calls:,} calls on an exchange {name}, peak memory above the start", outcome.memory / MIB, "MiB")


async def _cancelled(scale: Scale, report: Report, served: ControlledProcess) -> None:
    """Cancels the call that started the exchange and half of the waiting calls, then all of them."""
    calls = scale.calls
    async with make_client(served.first_line) as client:
        waiting, before = await _waiting(calls, client, served)
        report.figure(f"cancelling {calls // 2:,} of {calls:,} calls that wait", await _cancel(waiting[: calls // 2]), "s")
        await served.send("release")
        rest = await asyncio.gather(*waiting[calls // 2 :], return_exceptions=True)
        counts = await served.counts() - before
        report.claim("cancelling the first call and half of the others fails none of the rest", 0, _failures(rest))
        report.claim("cancelled calls make no second exchange", 1, counts["exchanges"])
    async with make_client(served.first_line) as client:
        waiting, _ = await _waiting(calls, client, served)
        report.figure(f"cancelling all {calls:,} calls that wait", await _cancel(waiting), "s")
        report.claim("all cancelled calls are cancelled", calls, sum(task.cancelled() for task in waiting))


async def _waiting(
    calls: int, client: AsyncAIZoomDocClient, served: ControlledProcess
) -> tuple[list[asyncio.Task[Me]], Counter[str]]:
    """Calls waiting for an exchange that the server holds, and the server's counts before it."""
    await served.send("hold", method="POST", path="/auth/exchange")
    before = await served.counts()
    waiting = [asyncio.create_task(client.get_me()) for _ in range(calls)]
    await served.send("until", name="exchanges", count=before["exchanges"] + 1)
    return waiting, before


async def _cancel(tasks: list[asyncio.Task[Me]]) -> float:
    began = time.perf_counter()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return time.perf_counter() - began


def _failures(results: list[Me | BaseException]) -> int:
    return sum(isinstance(result, BaseException) for result in results)
