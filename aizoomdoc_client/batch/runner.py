"""Runs units: as many at a time as the pacing says, each step written to the journal before and after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import anyio.to_thread

from ..answer import Answer
from ..catalog import LocalizedText
from ..events import AnswerEvent, ProcessingStarted, QueuePosition
from ..exceptions import ConfigurationError
from .ending import all_ended
from .executor import Executor, Work
from .folder_files import is_away
from .job_health import JobHealth
from .journal import Journal, StoredFile
from .pacing import Pacing
from .pauses import Pauses
from .progression import Limits, UnitState, after, begun, next_step, released
from .steps import Answered, CreateChat, Failure, Fault, Observation, Post, Read, Step, Unfit
from .unit import BatchUnit
from .uploads import FileUploads

__all__ = ["Probe", "RunnerListener", "UnitRunner"]

Probe = Callable[[], Awaitable[bool]]
"""Whether the job can resume after a pause."""

SUSPECTS_AT_ONCE = 4
"""Units during which an earlier process died, that run at a time."""
_FIRST_WAIT = 1.0  # seconds before the next attempt or probe; doubled up to the longest
_LONGEST_WAIT = 60.0


class RunnerListener(Protocol):
    """Is called with changes; returns at once, except `finished`, which may hold the unit back until its outcome is consumed."""

    def changed(self, unit: BatchUnit, state: UnitState) -> None:
        """Called when a unit has another state."""
        ...

    def in_queue(self, unit: BatchUnit, position: int | None) -> None:
        """Called when a question has a `position` in the server's queue, or, with None, no longer."""
        ...

    def paused(self, problem: LocalizedText | None) -> None:
        """Called when the job pauses because of `problem`, or, with None, resumes."""
        ...

    async def finished(self, unit: BatchUnit, state: UnitState, answer: Answer | None) -> None:
        """Called when a unit is finished, with its answer if it has one."""
        ...


class UnitRunner:
    """Runs units until each is finished, or `stop` is called."""

    def __init__(
        self,
        journal: Journal,
        executor: Executor,
        *,
        pacing: Pacing,
        listener: RunnerListener,
        probe: Probe,
        pauses: Pauses,
        limits: Limits,
    ) -> None:
        self._journal = journal
        self._executor = executor
        self._uploads = FileUploads(journal, executor)
        self._pacing = pacing
        self._listener = listener
        self._probe = probe
        self._pauses = pauses
        self._limits = limits
        self._clock = asyncio.get_running_loop().time
        self._stopping = asyncio.Event()
        self._health = JobHealth()
        self._states = dict[str, UnitState]()
        self._waiting = deque[BatchUnit]()
        self._open = dict[str, BatchUnit]()
        self._in_queue = set[str]()
        self._asked_at = dict[str, float]()  # when the question of each open unit, or an earlier step of it, was sent
        self._at_work = set[str]()  # units that the server processes in this run, without those whose answer it had stored
        self._changed = asyncio.Event()
        self._probe_wait = _FIRST_WAIT

    def stop(self) -> None:
        """Begins no more units; those that run are read to their end."""
        self._stopping.set()
        self._changed.set()

    async def run(self, units: Iterable[BatchUnit], states: dict[str, UnitState]) -> None:
        """Runs the units, whose states are `states`, until each is finished, or `stop` was called and none runs.

        Cancelled, it cancels the units that run and writes where they stand.
        """
        self._states = states
        self._waiting = waiting = deque(unit for unit in units if not states[unit.key].is_finished)
        tasks = set[asyncio.Task[None]]()
        try:
            while (waiting and not self._is_stopping) or tasks:
                self._changed.clear()
                now = self._clock()
                while waiting and self._may_begin(now):
                    unit = self._next_unit()
                    if unit is None:
                        break
                    self._open[unit.key] = unit
                    self._asked_at[unit.key] = now
                    self._pacing.begun(now)
                    task = asyncio.create_task(self._run_unit(unit), name=f"batch unit {unit.key}")
                    tasks.add(task)
                    task.add_done_callback(lambda _: self._changed.set())
                if self._health.cause is not None and waiting and not self._open and not self._is_stopping:
                    await self._wait_until_healthy(self._health.cause)
                    continue
                next_at = self._pacing.not_before
                await self._wait(next_at if waiting and next_at > now else None)
                for task in [each for each in tasks if each.done()]:
                    tasks.discard(task)
                    await task  # raises what the journal or a caller's code raised
        finally:
            if tasks:
                self._journal.give_up()
            for task in tasks:
                task.cancel()
            try:
                await all_ended(tasks)
            finally:
                await self._executor.close()

    def _may_begin(self, now: float) -> bool:
        return (
            not self._is_stopping
            and self._health.cause is None
            and len(self._open) < self._pacing.limit
            and now >= self._pacing.not_before
        )

    def _next_unit(self) -> BatchUnit | None:
        """The next unit; few of those during which a process died run at a time, so that another crash is counted for few."""
        suspects = sum(self._states[key].crashes > 0 for key in self._open)
        for _ in range(len(self._waiting)):
            unit = self._waiting.popleft()
            if suspects < SUSPECTS_AT_ONCE or not self._states[unit.key].crashes:
                return unit
            self._waiting.append(unit)
        return None

    async def _wait(self, next_at: float | None) -> None:
        """Waits until a unit changes its state, or until `next_at`, when the next unit may begin."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if next_at is None else next_at - self._clock()):
                await self._changed.wait()

    async def _wait_until_healthy(self, cause: Failure) -> None:
        """Returns once the job can resume, or is to stop; in that case it stays paused."""
        self._listener.paused(self._pauses.told(cause))
        while not self._is_stopping:
            await self._pauses.wait(self._probe_wait, cause, self._stopping)
            self._probe_wait = min(_LONGEST_WAIT, self._probe_wait * 2)  # longer each time until a step succeeds
            if not self._is_stopping and await self._can_resume(cause):
                self._health.resumed()
                self._listener.paused(None)
                return

    async def _can_resume(self, cause: Failure) -> bool:
        """Whether the cause is gone. A folder is checked itself, because a failed try of its questions would be counted."""
        if cause.away is not None and await anyio.to_thread.run_sync(is_away, cause.away, abandon_on_cancel=True):
            return False
        return await self._probe()

    @property
    def _is_stopping(self) -> bool:
        return self._stopping.is_set()

    # -- one unit ------------------------------------------------------------------------------------------------------------

    async def _run_unit(self, unit: BatchUnit) -> None:
        try:
            if not await self._perform_steps(unit):
                self._waiting.append(unit)
        except asyncio.CancelledError:
            before = self._states[unit.key]
            state = released(before)
            if state != before:  # not for a result that the journal has already got
                self._set(unit, state)
                with contextlib.suppress(ConfigurationError):  # without this state the next run assumes a crash
                    await asyncio.shield(self._journal.record(unit.key, state))
            raise
        finally:
            self._open.pop(unit.key, None)
            self._asked_at.pop(unit.key, None)
            self._at_work.discard(unit.key)
            self._listener.in_queue(unit, None)
            self._in_queue.discard(unit.key)

    async def _perform_steps(self, unit: BatchUnit) -> bool:
        """Performs steps until the unit is finished, or one fails for now; returns whether it is finished."""
        started_at = self._clock()
        stored: StoredFile | None = None
        state = self._states[unit.key]
        while not state.is_finished:
            state = await self._write_state(unit, state, begun(state))
            step = next_step(state, unit.chat_title(self._journal.run_id, state.attempt))
            assert step is not None
            file = await self._file(unit, step, stored)
            if isinstance(file, Failure):
                return await self._record_failure(unit, after(state, file, self._limits), file)
            stored = file or stored
            if not isinstance(step, Read):
                self._asked_at[unit.key] = self._clock()
                self._at_work.add(unit.key)
            work = Work(unit=unit, step=step, file=file, may_run=file is not None or unit.document.path is None)
            observation = await self._executor.perform(work, lambda event: self._on_event(unit, event))
            if isinstance(observation, Failure):
                if observation.without_file and file is not None:
                    await self._uploads.forget(unit, file)
                return await self._record_failure(unit, after(state, observation, self._limits), observation)
            self._health.succeeded()
            self._probe_wait = _FIRST_WAIT
            state = await self._record_success(unit, after(state, observation, self._limits), observation, started_at)
        return True

    async def _file(self, unit: BatchUnit, step: Step, known: StoredFile | None) -> StoredFile | Failure | None:
        """The unit's file, uploaded if a question is to be asked; a stored answer needs none."""
        match step:
            case CreateChat() | Post():
                return await self._uploads.file(unit, known)
            case Read():
                return await self._uploads.stored(unit, known)
            case _:
                return None

    async def _record_success(self, unit: BatchUnit, state: UnitState, observation: Observation, started_at: float) -> UnitState:
        """Records the observation of a step; the next step is recorded in the same transaction."""
        if isinstance(observation, (Answered, Unfit)) and unit.key in self._at_work:
            queued = observation.answer.timings.queued
            self._pacing.answered(self._clock(), asked_at=self._asked_at[unit.key], queued_seconds=queued)
        if not state.is_finished:
            self._set(unit, state)
            await self._journal.record(unit.key, state)
            return state
        answered = observation if isinstance(observation, Answered) else None
        raw_text = observation.answer.text if isinstance(observation, Unfit) else None
        self._states[unit.key] = state  # before the wait, because the result is written even if this task is cancelled in it
        await self._journal.record(unit.key, state, answered=answered, seconds=self._clock() - started_at, raw_text=raw_text)
        self._set(unit, state)
        await self._listener.finished(unit, state, None if answered is None else answered.answer)
        return state

    async def _record_failure(self, unit: BatchUnit, state: UnitState, failure: Failure) -> bool:
        if failure.is_busy:
            self._pacing.refused(self._clock(), asked_at=self._asked_at[unit.key], retry_after=failure.retry_after)
        self._health.failed(unit.key, failure, left=len(self._open) + len(self._waiting))
        if failure.fault is Fault.JOB:
            self._listener.paused(self._pauses.told(failure))
        self._states[unit.key] = state
        await self._journal.record(unit.key, state)
        self._set(unit, state)
        if state.is_finished:
            await self._listener.finished(unit, state, None)
        elif failure.fault is not Fault.JOB and not failure.is_busy:  # for a busy server `Pacing.not_before` makes the wait
            await self._wait_before_retry(state)
        return state.is_finished

    async def _wait_before_retry(self, state: UnitState) -> None:
        """Waits, longer after each failure; ends early where the job stops."""
        seconds = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (state.failures + state.server_failures - 1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _write_state(self, unit: BatchUnit, before: UnitState, state: UnitState) -> UnitState:
        if state != before:
            uploading = self._uploads.missing(unit) if state.name == "creating_chat" else None
            await self._journal.record(unit.key, state, uploading=uploading)
            self._set(unit, state)
        return state

    def _set(self, unit: BatchUnit, state: UnitState) -> None:
        self._states[unit.key] = state
        self._listener.changed(unit, state)

    def _on_event(self, unit: BatchUnit, event: AnswerEvent) -> None:
        if not isinstance(event, (QueuePosition, ProcessingStarted)):  # most events are deltas
            return
        if unit.key in self._open:
            self._at_work.add(unit.key)
            self._pacing.accepted(asked_at=self._asked_at[unit.key])
        if isinstance(event, QueuePosition):
            if unit.key not in self._in_queue:
                self._in_queue.add(unit.key)
                self._pacing.queued(open_now=len(self._open), waiting=len(self._in_queue))
            self._listener.in_queue(unit, event.position)
        elif unit.key in self._in_queue:
            self._in_queue.discard(unit.key)
            self._listener.in_queue(unit, None)
