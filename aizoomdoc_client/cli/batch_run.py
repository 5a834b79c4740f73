"""Runs a batch job at a terminal: Ctrl-C once and twice, progress, lines for machines."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from . import output
from .language import _, language_in_force
from .signals import termination_requested

if TYPE_CHECKING:
    from ..batch.dask.executor import DaskExecutor
    from ..batch.job import BatchJob, JobProgress
    from ..batch.outcomes import Outcome


def executor_on(scheduler: str) -> DaskExecutor:
    """The workers of a Dask cluster. Dask's own log is switched off, because the job reports the same in one line."""
    from ..batch.dask.cluster import silence_library
    from ..batch.dask.executor import DaskExecutor

    silence_library()
    return DaskExecutor(scheduler)


async def run_job(job: BatchJob, *, as_json: bool) -> bool:
    """Runs the job and returns whether the user stopped it.

    After the first Ctrl-C no more questions begin, and those that run are finished; the second cancels them, as SIGTERM does.
    """
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if stopped or termination_requested():
            stopped = True
            task.cancel()
            return
        stopped = True
        job.stop()
        output.hint(_("Stopping: the questions that run are finished first. Ctrl-C again stops at once; nothing is lost."))

    task = asyncio.ensure_future(_run_to_end(job, as_json=as_json))
    async with _on_ctrl_c(stop):
        try:
            await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if not stopped or (current is not None and current.cancelling()):
                task.cancel()
                await asyncio.wait([task])
                raise
    return stopped


def with_pause_lines(show: Callable[[JobProgress], None]) -> Callable[[JobProgress], None]:
    """`show`, preceded by a line of JSON when the job pauses, resumes, or has another reason to pause."""
    import json

    last_reason: str | None = None

    def update(progress: JobProgress) -> None:
        nonlocal last_reason
        reason = None if progress.paused is None else progress.paused.render(language_in_force())
        if reason != last_reason:
            last_reason = reason
            line = {"outcome": "resumed"} if reason is None else {"outcome": "paused", "reason": reason}
            output.result(json.dumps(line, ensure_ascii=False))
        show(progress)

    return update


async def _run_to_end(job: BatchJob, *, as_json: bool) -> None:
    """Runs the job; with `as_json` each outcome is printed when it is known."""
    async for outcome in job:
        if as_json:
            output.result(_as_line(outcome))


@contextlib.asynccontextmanager
async def _on_ctrl_c(handle: Callable[[], None]) -> AsyncGenerator[None]:
    """Ctrl-C calls `handle` inside of the block, where the system and the thread allow it."""
    loop = asyncio.get_running_loop()
    previous = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, handle)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, previous if previous is not None else signal.default_int_handler)


def _as_line(outcome: Outcome) -> str:
    """An outcome as one line of JSON, with its kind and its error in the language in force."""
    import json

    from ..batch.outcomes import Done, Skipped
    from ..serializable import plain

    if isinstance(outcome, Skipped):
        data: dict[str, Any] = {"outcome": "skipped", "document": outcome.unit.document, "question": outcome.unit.question}
        return json.dumps(plain({**data, "error": outcome.reason.render(language_in_force())}), ensure_ascii=False)
    data = {"key": outcome.unit.key, "document": outcome.unit.document, "question": outcome.unit.question}
    if isinstance(outcome, Done):
        data = {"outcome": "done", **data, "earlier": outcome.is_earlier, "answer": outcome.answer}
    else:
        data = {"outcome": "failed", **data, "type": outcome.kind, "error": outcome.error.render(language_in_force())}
    return json.dumps(plain(data), ensure_ascii=False)
