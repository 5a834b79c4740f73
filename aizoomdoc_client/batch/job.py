"""A job: the same questions to many documents, which continues where an earlier run ended."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, cast

import attrs

from ..answer import Answer
from ..catalog import LocalizedText, text
from ..client import AsyncAIZoomDocClient
from ..exceptions import AIZoomDocError, ConfigurationError
from .answer_format import AnswerFormat
from .documents import DocumentLike
from .ending import all_ended, finished
from .executor import ClientExecutor, Executor, ExecutorOfJobs
from .journal import PAUSED, Journal
from .outcomes import Done, Failed, JobCounts, Outcome
from .pacing import Pacing, as_concurrency
from .pauses import Pauses
from .preparation import PreparedUnits, check_client, check_server, job_tasks, prepared
from .progression import Limits, UnitState
from .questions import QuestionLike
from .runner import UnitRunner
from .settings_turn import settings_turn
from .state_json import dump_text
from .task import BatchSettings, BatchTask
from .unit import BatchUnit
from .unit_counts import UnitCounts
from .user_settings import UserSettings

__all__ = ["BatchJob", "JobProgress"]

T = TypeVar("T")
_RESTORE_SECONDS = 10.0
"""Seconds in which a cancelled job tries to restore the user's settings; else its next run does."""
_READY_OUTCOMES = 64
"""Outcomes that may wait for the consumer before units are held back."""


@attrs.frozen(kw_only=True)
class JobProgress:
    """How far a job is.

    `at_work` are the units that run; `paused` says why the job pauses; with `changed_settings` the user's settings were changed
    elsewhere while it ran, so that they were not restored.
    """

    counts: JobCounts
    at_work: tuple[BatchUnit, ...] = ()
    paused: LocalizedText | None = None
    changed_settings: bool = False


class BatchJob:
    """Asks each of `questions` about each of `documents`, or what `tasks` say, and hands out what becomes of it.

    A file is a document by its content: copies are asked about once. `settings` are the role and the profile to ask with; the
    user's own are put back at the end. `journal` is a file that has all that happened: a job that is begun again with it, after
    whatever ended it, asks only what has no answer yet.

    `concurrency` is how many questions are open at a time, 1 or more; ``auto`` finds it out, and takes 64 at most. At most
    `limit` units are asked in this run; `retry_failed` asks those again that failed before. With `schema` the answers have
    `parsed` values of that class, as those of `ask`; an answer of an earlier run that the class refuses now has failed, and
    stays in the journal. `executor` performs the steps, by `client` unless given; a `DaskExecutor` does so on other machines.
    `on_progress` is called, often, with how far the job is.

    ::

        async with BatchJob(client, documents=Path("plans").glob("*.pdf"), questions="…", journal="run.sqlite") as job:
            async for outcome in job: ...

    The iteration begins the job, once. It runs in a task of its own, also while an outcome is being handled, as long as few
    others wait to be taken. A cancelled task ends the job, as any exception does: the answers that are being read are given up,
    the user's settings are put back, and the journal has what is needed to go on. A second cancellation leaves the settings to
    the next run.

    Raises `ConfigurationError` for a client of the other kind, and for what cannot be asked, as a `concurrency` below 1, a
    negative `limit` or a schema of unknown types. Entering does where the journal cannot be used, another run uses it, or it is
    of another server. The iteration does where the journal is damaged or its disk fails; it raises `AuthenticationError` where
    the login is refused from the beginning, and another `AIZoomDocError` where the server refuses to tell or to change the
    user's settings. What goes wrong at one unit is a `Failed` outcome, a server that is away is waited for.
    """

    def __init__(
        self,
        client: AsyncAIZoomDocClient,
        *,
        documents: DocumentLike | Iterable[DocumentLike] | None = None,
        questions: QuestionLike | Iterable[QuestionLike] | Mapping[str, str] | None = None,
        tasks: Iterable[BatchTask] | None = None,
        settings: BatchSettings | None = None,
        journal: str | Path,
        concurrency: int | Literal["auto"] = "auto",
        limit: int | None = None,
        retry_failed: bool = False,
        schema: type[Any] | None = None,
        executor: Executor | ExecutorOfJobs | None = None,
        limits: Limits | None = None,
        on_progress: Callable[[JobProgress], None] | None = None,
    ) -> None:
        check_client(client, AsyncAIZoomDocClient)
        self._client = client
        self._tasks = job_tasks(documents, questions, tasks, settings)
        self._journal_path = Path(journal)
        self._fixed = as_concurrency(concurrency)
        if limit is not None and limit < 0:
            raise ConfigurationError(text("not_a_count", name="limit", least=0, value=str(limit)))
        self._limit = limit
        self._retry_failed = retry_failed
        self._format = None if schema is None else AnswerFormat(schema)
        self._executor = executor
        self._limits = limits or Limits()
        self._on_progress = on_progress
        self._journal: Journal | None = None
        self._alone_since = math.inf
        self._runner: UnitRunner | None = None
        self._running: asyncio.Task[None] | None = None
        self._outcomes: asyncio.Queue[Outcome | None] = asyncio.Queue(_READY_OUTCOMES)
        self._prepared = PreparedUnits()
        self._counts = UnitCounts()
        self._earlier = 0
        self._queued = set[str]()
        self._paused: LocalizedText | None = None
        self._changed_settings = False
        self._stopping = asyncio.Event()
        self._pauses = Pauses(client)
        self._notes = set[asyncio.Task[None]]()
        self._is_begun = False
        self._is_ending = False
        self._was_run_awaited = False  # the consumer of the iteration got the error of the run, if any

    async def __aenter__(self) -> Self:
        if self._journal is not None:
            raise ConfigurationError(text("job_open_twice"))
        self._journal = journal = await Journal.open(self._journal_path)
        self._alone_since = asyncio.get_running_loop().time()  # the lock shows that no earlier process runs
        try:
            await check_server(journal, self._client.config.server_url)
            self._prepared = await prepared(
                self._tasks,
                journal,
                answer_format=self._format,
                limits=self._limits,
                retry_failed=self._retry_failed,
            )
        except BaseException:
            await journal.close()
            raise
        for key in self._prepared.units:
            self._counts.set(key, self._prepared.states[key])
        self._earlier = self._counts.of("done")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._journal is not None
        try:
            if self._running is not None:
                await self._end(self._running)
        finally:
            await finished(self._close(self._journal))
        if self._running is not None and kind is None and not (self._was_run_awaited or self._running.cancelled()):
            self._running.result()  # raises an error after the iteration was left

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self._outcomes_in_order()

    def __repr__(self) -> str:
        counts = self.progress.counts
        return f"<{type(self).__name__} {self._journal_path.name}: {counts.done} of {counts.total} done, {counts.failed} failed>"

    def _repr_html_(self) -> str:
        """The counts as a table, in a notebook."""
        counts = self.progress.counts.to_dict()
        head = "".join(f"<th>{name}</th>" for name in counts)
        return f"<table><tr>{head}</tr><tr>{''.join(f'<td>{count}</td>' for count in counts.values())}</tr></table>"

    @property
    def progress(self) -> JobProgress:
        """How far the job is."""
        counted = self._counts
        counts = JobCounts(
            total=len(self._prepared.units),
            done=counted.of("done"),
            failed=counted.of("failed"),
            skipped=len(self._prepared.skipped),
            running=counted.of("running"),
            waiting=counted.of("waiting"),
            queued_on_server=len(self._queued),
            earlier=self._earlier,
        )
        at_work = tuple(self._prepared.units[key] for key in counted.running)
        return JobProgress(counts=counts, at_work=at_work, paused=self._paused, changed_settings=self._changed_settings)

    async def run(self) -> JobCounts:
        """Runs the job to its end, without yielding the outcomes; returns the counts."""
        async for _ in self:
            pass
        return self.progress.counts

    def stop(self) -> None:
        """Begins no more units; those that run are read to their end, then the iteration ends.

        To be called in the event loop of the job.
        """
        self._stopping.set()
        if self._runner is not None:
            self._runner.stop()

    # -- running -------------------------------------------------------------------------------------------------------------

    async def _outcomes_in_order(self) -> AsyncGenerator[Outcome, None]:
        """The outcomes of earlier runs, then those of this run in the order in which units finish."""
        journal = self._journal
        if journal is None:
            raise RuntimeError("Enter the job first: async with BatchJob(...) as job, or with SyncBatchJob(...) as job")
        if self._is_begun:
            raise ConfigurationError(text("job_open_twice"))
        self._is_begun = True
        journal.on_blocked = self.paused
        for skipped in self._prepared.skipped:
            yield skipped
        for key, unit in self._prepared.units.items():
            outcome = await self._earlier_outcome(journal, unit, self._prepared.states[key])
            if outcome is not None:
                yield outcome
        self._running = running = asyncio.create_task(self._run(journal), name="batch job")
        try:
            while not (running.done() and self._outcomes.empty()):
                outcome = await self._outcomes.get()
                if outcome is None:
                    break
                yield outcome
            self._was_run_awaited = True
            await running
        finally:
            await self._end(running)

    async def _end(self, running: asyncio.Task[None]) -> None:
        """Cancels the run once, when the iteration or the job is left, and waits while it restores the user's settings."""
        if not self._is_ending:
            self._is_ending = True
            running.cancel()
        await all_ended([running])

    async def _close(self, journal: Journal) -> None:
        journal.give_up()
        await asyncio.gather(*self._notes, return_exceptions=True)  # a journal that cannot be written has ended the job already
        await journal.close()

    async def _earlier_outcome(self, journal: Journal, unit: BatchUnit, state: UnitState) -> Outcome | None:
        if state.name == "done":
            answer = cast("Answer", await journal.answer(unit.key))
            return Done(unit, answer if self._format is None else self._format.parsed(answer), is_earlier=True)
        return _failed(unit, state) if state.is_finished else None

    async def _run(self, journal: Journal) -> None:
        try:
            await self._run_groups(journal)
        finally:
            with contextlib.suppress(asyncio.QueueFull):
                self._outcomes.put_nowait(None)

    async def _run_groups(self, journal: Journal) -> None:
        """Runs units with the same settings together, so that each settings are set once."""
        left = [unit for key, unit in self._prepared.units.items() if not self._prepared.states[key].is_finished][: self._limit]
        left.sort(key=lambda unit: _sort_key(unit.settings))
        async with contextlib.AsyncExitStack() as stack:
            executor = await self._enter_executor(stack) if left else self._own_executor()
            settings = UserSettings(self._client, journal)
            if executor is not None and await self._take_turn(stack, left, settings):
                await self._run_units(journal, left, executor, settings)

    async def _enter_executor(self, stack: contextlib.AsyncExitStack) -> Executor | None:
        """The executor of this job, None where the job was stopped before it could be had."""
        given = self._executor or self._own_executor()
        if not isinstance(given, ExecutorOfJobs):
            return given
        return await self._once_reachable(lambda: stack.enter_async_context(given.for_job(self._client, self._format)))

    def _own_executor(self) -> ClientExecutor:
        return ClientExecutor(self._client, self._format, alone_since=self._alone_since)

    async def _take_turn(self, stack: contextlib.AsyncExitStack, left: list[BatchUnit], settings: UserSettings) -> bool:
        """Waits for other jobs of the user whose settings differ; False where the job was stopped meanwhile."""
        alone = any(unit.settings != BatchSettings() for unit in left) or await settings.are_changed()
        if not (left or alone):
            return True
        me = await self._once_reachable(self._client.get_me)
        if me is None:
            return False
        server, user = self._client.config.server_url, me.user.id
        turn = settings_turn(server, user, alone=alone, paused=self.paused, stopping=self._stopping)
        return await stack.enter_async_context(turn)

    async def _run_units(self, journal: Journal, left: list[BatchUnit], executor: Executor, settings: UserSettings) -> None:
        pacing = Pacing(self._fixed)
        try:
            for wanted, units in groupby(left, key=lambda unit: unit.settings):
                await self._once_reachable(partial(settings.apply, wanted))
                if self._stopping.is_set():
                    break
                self._runner = UnitRunner(
                    journal,
                    executor,
                    pacing=pacing,
                    listener=self,
                    probe=self._is_healthy,
                    pauses=self._pauses,
                    limits=self._limits,
                )
                await self._runner.run(units, self._prepared.states)
        except BaseException:
            with contextlib.suppress(AIZoomDocError, TimeoutError):  # the next run restores them
                async with asyncio.timeout(_RESTORE_SECONDS):
                    self._changed_settings = not await settings.restore()
            raise
        self._changed_settings = await self._once_reachable(settings.restore) is False

    async def _once_reachable(self, call: Callable[[], Awaitable[T]]) -> T | None:
        return await self._pauses.once_reachable(call, paused=self.paused, stopping=self._stopping)

    async def _is_healthy(self) -> bool:
        try:
            await self._client.get_me()
        except AIZoomDocError:
            return False
        return True

    # -- listener of the runner ----------------------------------------------------------------------------------------------

    def changed(self, unit: BatchUnit, state: UnitState) -> None:
        """See `RunnerListener.changed`."""
        self._counts.set(unit.key, state)
        self._report_progress()

    def in_queue(self, unit: BatchUnit, position: int | None) -> None:
        """See `RunnerListener.in_queue`."""
        if position is None:
            self._queued.discard(unit.key)
        else:
            self._queued.add(unit.key)
        self._report_progress()

    def paused(self, problem: LocalizedText | None) -> None:
        """See `RunnerListener.paused`."""
        if problem != self._paused and self._journal is not None:
            said = None if problem is None else dump_text(problem)
            note = asyncio.create_task(self._journal.set_fact(PAUSED, said), name="batch pause")
            self._notes.add(note)
            note.add_done_callback(self._on_note_written)
        self._paused = problem
        self._report_progress()

    def _on_note_written(self, note: asyncio.Task[None]) -> None:
        self._notes.discard(note)
        if not note.cancelled():
            note.exception()  # marks it as retrieved: a journal that cannot be written ends the job through its units

    async def finished(self, unit: BatchUnit, state: UnitState, answer: Answer | None) -> None:
        """See `RunnerListener.finished`."""
        await self._outcomes.put(_failed(unit, state) if answer is None else Done(unit, answer))

    def _report_progress(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.progress)


def _failed(unit: BatchUnit, state: UnitState) -> Failed:
    assert state.problem is not None
    return Failed(unit, state.problem, state.problem_type or "")


def _sort_key(settings: BatchSettings) -> tuple[int, str]:
    return (-1 if settings.role is None else settings.role, settings.model or "")
