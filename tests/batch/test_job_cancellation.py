"""A job in tasks of others' making, which end it in their own ways: nothing runs on, and the next run goes on."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import attrs
import pytest
import uvloop

from aizoomdoc_client.batch import BatchJob, job as job_module
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.batch.journal_reader import JournalReader
from aizoomdoc_client.catalog import text
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.models import Settings
from tests.batch.job_setup import ROLE, Desk, held_desk

T = TypeVar("T")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with held_desk(tmp_path) as desk:
        yield desk


@asynccontextmanager
async def nothing_left() -> AsyncGenerator[None, None]:
    """Fails if the block leaves a task that runs, or an error that nobody saw."""
    loop, unseen = asyncio.get_running_loop(), list[dict[str, Any]]()
    before = asyncio.all_tasks()
    loop.set_exception_handler(lambda _, context: unseen.append(context))
    try:
        yield
        left = {task.get_name() for task in asyncio.all_tasks() - before if "batch" in task.get_name()}
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(None)
    assert (set[str](), []) == (left, unseen)


async def by_task(desk: Desk, job: BatchJob) -> None:
    """As a backend cancels its tasks."""

    async def run() -> None:
        async with job:
            await job.run()

    task = asyncio.create_task(run())
    await desk.answerer.held.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def by_timeout(desk: Desk, job: BatchJob) -> None:
    """As ``asyncio.timeout`` does."""

    async def run() -> None:
        async with asyncio.timeout(None) as timeout, job:
            ending = asyncio.create_task(_once(desk.answerer.held.wait, lambda: timeout.reschedule(0)))
            await job.run()
        await ending

    with pytest.raises(TimeoutError):
        await run()


async def by_cancel_scope(desk: Desk, job: BatchJob) -> None:
    """As anyio does, which cancels a task again whenever it waits, until it has left the scope."""
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(_once, desk.answerer.held.wait, scope.cancel)
            async with job:
                async for _ in job:
                    pass
    assert scope.cancelled_caught


async def by_sibling(desk: Desk, job: BatchJob) -> None:
    """As a task group of asyncio does where another of its tasks fails."""

    def fail() -> None:
        raise LookupError

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_once(desk.answerer.held.wait, fail))
            async with job:
                await job.run()

    with pytest.raises(ExceptionGroup):
        await run()


async def _once(wait: Callable[[], Awaitable[object]], then: Callable[[], object]) -> None:
    await wait()
    then()


@pytest.mark.parametrize("end", [by_task, by_timeout, by_cancel_scope, by_sibling])
async def test_a_job_is_cancelled_cleanly(desk: Desk, end: Callable[[Desk, BatchJob], Awaitable[None]]) -> None:
    """The user's settings are put back, nothing runs on, and the next run asks nothing twice."""
    async with nothing_left():
        await end(desk, desk.job(settings=ROLE))

    assert 1 == await desk.role()
    assert ([True] * 3, 3, 1) == await desk.go_on()


async def test_a_job_that_is_cancelled_while_it_is_entered_gives_the_journal_free(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread ends as well."""
    with anyio.CancelScope() as scope:
        monkeypatch.setattr(Journal, "states", _cancelling(scope, Journal.states))
        async with desk.job():
            pass
    monkeypatch.undo()

    assert scope.cancelled_caught
    assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith("aizoomdoc-run")]
    assert ([True] * 3, 3, 1) == await desk.go_on()


def _cancelling(scope: anyio.CancelScope, call: Callable[[Journal], Awaitable[T]]) -> Callable[[Journal], Awaitable[T]]:
    async def cancelling(journal: Journal) -> T:
        scope.cancel()
        return await call(journal)

    return cancelling


async def test_a_job_that_is_cancelled_while_it_notes_a_pause_gives_the_journal_free(desk: Desk) -> None:
    """The note is written all the same; the next run, which need not pause, takes it away."""
    with anyio.CancelScope() as scope:
        async with desk.job() as job:
            job.paused(text("no_workers"))
            scope.cancel()
    paused = [_paused(desk)]
    gone_on = await desk.go_on()
    paused.append(_paused(desk))

    assert (["no_workers", None], ([True] * 3, 3, 1)) == (paused, gone_on)


def _paused(desk: Desk) -> str | None:
    with JournalReader(desk.journal) as reader:
        return None if reader.paused is None else reader.paused.code


async def test_cancellations_are_no_crashes(desk: Desk) -> None:
    """However often a job is cancelled, no unit is given up, as it would be after two crashes."""
    for _ in range(3):
        desk.answerer.held.clear()
        await by_task(desk, desk.job(settings=ROLE))

    assert ([True] * 3, 3, 1) == await desk.go_on()


async def test_a_job_is_iterated_once(desk: Desk) -> None:
    """A second run of it would ask what the first asks; it is refused, and the first goes on."""
    async with desk.job() as job:
        running = asyncio.create_task(job.run())
        await desk.answerer.held.wait()
        with pytest.raises(ConfigurationError) as caught:
            await job.run()
        await desk.answerer.allow(None)
        counts = await running

    assert ("job_open_twice", 3, 3) == (caught.value.code, counts.done, await desk.posted())


@attrs.define
class SlowSettings:
    """Holds back the request that puts the user's role back, until `may_go`; then it fails with `error`, if there is one."""

    desk: Desk
    error: Exception | None = None
    began: asyncio.Event = attrs.field(factory=asyncio.Event)
    may_go: asyncio.Event = attrs.field(factory=asyncio.Event)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        update = self.desk.client.update_settings

        async def held(**changed: Any) -> Settings:
            if changed["selected_role_prompt_id"] == 1:
                self.began.set()
                await self.may_go.wait()
                if self.error is not None:
                    raise self.error
            return await update(**changed)

        monkeypatch.setattr(self.desk.client, "update_settings", held)


async def test_leaving_the_job_while_it_ends_does_not_interrupt_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An iteration that is dropped ends the job, and so does the ``async with``; the settings are put back all the same."""
    slow = SlowSettings(desk)
    slow.install(monkeypatch)

    async def run() -> None:
        async with desk.job(settings=ROLE) as job:
            outcomes = aiter(job)
            await desk.answerer.allow(1)
            await anext(outcomes)
            assert isinstance(outcomes, AsyncGenerator)
            ending = asyncio.ensure_future(outcomes.aclose())
            await slow.began.wait()
        await ending

    async with nothing_left():
        task = asyncio.create_task(run())
        await slow.began.wait()
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0))])
        slow.may_go.set()
        await task

    assert 1 == await desk.role()


async def test_a_cancellation_while_the_job_ends_is_raised(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would follow it in its task is not done."""
    slow = SlowSettings(desk)
    slow.install(monkeypatch)
    await desk.answerer.allow(1)

    async def run() -> None:
        async with desk.job(settings=ROLE) as job:
            async for _ in job:
                break

    async with nothing_left():
        task = asyncio.create_task(run())
        await slow.began.wait()
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def test_an_error_after_the_iteration_was_left_is_raised(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ``async with``: nobody else is there to see it."""
    slow = SlowSettings(desk, error=OSError("disk"))
    slow.install(monkeypatch)
    slow.may_go.set()
    await desk.answerer.allow(1)

    async def run() -> None:
        async with desk.job(settings=ROLE) as job:
            async for _ in job:
                break

    async with nothing_left():
        with pytest.raises(OSError, match="disk"):
            await run()


async def test_a_second_cancellation_ends_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server does not respond: the settings are left to the next run, the journal is free."""
    monkeypatch.setattr(job_module, "_RESTORE_SECONDS", 3600.0)
    slow = SlowSettings(desk)
    slow.install(monkeypatch)

    async def run() -> None:
        async with desk.job(settings=ROLE) as job:
            await job.run()

    async with nothing_left():
        task = asyncio.create_task(run())
        await desk.answerer.held.wait()
        task.cancel()
        await slow.began.wait()
        task.cancel()
        async with asyncio.timeout(20):
            await asyncio.wait([task])
    slow.may_go.set()

    assert (True, 2) == (task.cancelled(), await desk.role())
    assert ([True] * 3, 3, 1) == await desk.go_on()


def test_a_job_runs_on_uvloop(tmp_path: Path) -> None:
    """Is cancelled there, and goes on."""

    async def main() -> None:
        async with held_desk(tmp_path) as desk:
            async with nothing_left():
                await by_task(desk, desk.job(settings=ROLE))
            assert 1 == await desk.role()
            assert ([True] * 3, 3, 1) == await desk.go_on()

    uvloop.run(main())
