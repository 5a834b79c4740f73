"""Runs units with a real journal and an executor that says what the test wants."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from aizoomdoc_client.answer import Answer, Timings
from aizoomdoc_client.batch import journal, runner
from aizoomdoc_client.batch.executor import OnEvent, Work
from aizoomdoc_client.batch.faults import failure
from aizoomdoc_client.batch.job import BatchJob, JobProgress
from aizoomdoc_client.batch.job_health import FAILURES_IN_A_ROW
from aizoomdoc_client.batch.journal import Journal, StoredFile
from aizoomdoc_client.batch.journal_reader import JournalReader
from aizoomdoc_client.batch.outcomes import Done, Failed, Outcome
from aizoomdoc_client.batch.pacing import Pacing
from aizoomdoc_client.batch.pauses import Pauses
from aizoomdoc_client.batch.progression import Limits, UnitState
from aizoomdoc_client.batch.steps import Answered, ChatFound, CreateChat, Failure, Fault, MessageFound, Observation, Post
from aizoomdoc_client.batch.task import BatchDocument, BatchQuestion, BatchTask
from aizoomdoc_client.batch.unit import BatchUnit
from aizoomdoc_client.catalog import text
from aizoomdoc_client.exceptions import APIConnectionError, ConfigurationError, PermissionDeniedError, ServerError
from aizoomdoc_client.models import Message
from tests.client_and_server import client_and_server
from tests.databases import held, impatient

__all__ = ["impatient"]

STORED = StoredFile(is_copy=False, fields={"id": "f", "filename": "f", "mime_type": "t", "size_bytes": 1}, uploaded_at=0.0)


class InstantExecutor:
    """Answers each question at once with the name of its document."""

    def __init__(self) -> None:
        self.uploads: list[str] = []
        self.works: list[Work] = []

    async def perform(self, work: Work, on_event: OnEvent) -> Observation:
        self.works.append(work)
        await asyncio.sleep(0)
        match work.step:
            case CreateChat():
                return ChatFound("c")
            case Post():
                return MessageFound("m")
            case _:
                message = Message(id="m", role="user")
                return Answered(Answer(text=work.unit.document.name, question=message, timings=Timings(posted=0.0)))

    async def upload(self, path: Path) -> StoredFile | Failure:
        self.uploads.append(path.name)
        await asyncio.sleep(0)
        return STORED

    async def close(self) -> None:
        return


def documents(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.md" for number in range(count)]
    for path in paths:
        path.write_text(f"Файл {path.name}", encoding="utf-8")
    return paths


async def until(holds: Callable[[], bool]) -> None:
    """Returns when it holds; nothing tells of it."""
    while not holds():  # noqa: ASYNC110 - it is looked at from outside
        await asyncio.sleep(0.001)


async def drained(outcomes: AsyncIterator[Outcome]) -> None:
    async for _ in outcomes:
        pass


async def test_a_result_that_nobody_has_taken_yet_outlives_a_cancelled_job(tmp_path: Path) -> None:
    """Units wait with their outcomes until these are taken; cancelled there, they keep their answers in the journal."""
    journal = tmp_path / "run.sqlite"
    paths = documents(tmp_path, 200)
    async with client_and_server() as both:

        def job() -> BatchJob:
            executor = InstantExecutor()
            return BatchJob(both.client, documents=paths, questions="?", journal=journal, concurrency=100, executor=executor)

        async with job() as first:
            async for _ in first:
                await until(lambda: first.progress.counts.done >= 100)
                break
        with JournalReader(journal) as reader:
            done = [row for row in reader.rows() if row.state == "done"]
        assert len(done) >= 100
        assert all(row.answer is not None and row.answer.text == row.task.document.name for row in done)
        async with job() as second:
            outcomes = [outcome async for outcome in second]
        assert 200 == len(outcomes)
        assert all(isinstance(each, Done) and each.answer is not None for each in outcomes)


async def test_an_error_of_the_job_reaches_who_takes_outcomes_slowly(tmp_path: Path) -> None:
    """Also where as many outcomes wait as may wait: the iteration ends with the error and does not hang."""

    class Broken(InstantExecutor):
        async def perform(self, work: Work, on_event: OnEvent) -> Observation:
            if work.unit.document.name == "199.md":
                await until(lambda: job.progress.counts.done >= 64)
                raise RuntimeError("a bug")
            return await super().perform(work, on_event)

    async with client_and_server() as both:
        job = BatchJob(
            both.client,
            documents=documents(tmp_path, 200),
            questions="?",
            journal=tmp_path / "j",
            concurrency=200,
            executor=Broken(),
        )
        async with job:
            taken = aiter(job)
            await anext(taken)
            await until(lambda: job._running is not None and job._running.done())
            with pytest.raises(RuntimeError, match="a bug"):
                await asyncio.wait_for(drained(taken), 10)


async def test_a_journal_that_cannot_be_written_ends_the_job_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What else runs is cancelled; of the units that failed of the same cause nothing is logged."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR

    class Asks(InstantExecutor):
        async def perform(self, work: Work, on_event: OnEvent) -> Observation:
            if work.unit.document.name == "0.md":
                await asyncio.Event().wait()
            if not isinstance(work.step, CreateChat):
                monkeypatch.setattr(journal, "_write_all", Mock(side_effect=error))
            return await super().perform(work, on_event)

    async with client_and_server() as both:
        job = BatchJob(
            both.client, documents=documents(tmp_path, 8), questions="?", journal=tmp_path / "j", concurrency=8, executor=Asks()
        )
        with pytest.raises(ConfigurationError, match="cannot be used: Input/output error"):
            async with job:
                await asyncio.wait_for(job.run(), 20)
        del job
        gc.collect()

    assert [] == [record for record in caplog.records if record.name == "asyncio"]


async def test_a_job_waits_for_a_journal_that_another_program_holds(
    tmp_path: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It pauses, says why, and goes on by itself once the journal is free: no answer is lost."""
    monkeypatch.setattr(journal, "_FIRST_WAIT", 0.001)
    paused = list[str]()
    with ExitStack() as stack:

        def heard(progress: JobProgress) -> None:
            if progress.paused is not None:
                paused.append(progress.paused.code)
                stack.close()

        async with (
            client_and_server() as both,
            BatchJob(
                both.client,
                documents=documents(tmp_path, 3),
                questions="?",
                journal=tmp_path / "j",
                executor=InstantExecutor(),
                on_progress=heard,
            ) as job,
        ):
            stack.enter_context(held(tmp_path / "j"))
            counts = await asyncio.wait_for(job.run(), 20)

    assert ({"journal_held"}, 3, None) == (set(paused), counts.done, job.progress.paused)


async def test_an_executor_is_closed_when_no_step_runs_any_more(tmp_path: Path) -> None:
    """Also where a step that is cancelled takes a while to end."""

    class Slow(InstantExecutor):
        def __init__(self) -> None:
            super().__init__()
            self.said = list[str]()
            self.began = asyncio.Event()

        async def perform(self, work: Work, on_event: OnEvent) -> Observation:
            self.began.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                self.said.append("ended")
            raise AssertionError

        async def close(self) -> None:
            self.said.append("closed")

    executor = Slow()
    async with (
        client_and_server() as both,
        BatchJob(both.client, documents=documents(tmp_path, 1), questions="?", journal=tmp_path / "j", executor=executor) as job,
    ):
        running = asyncio.create_task(job.run())
        await executor.began.wait()
        running.cancel()
        await asyncio.wait([running])
    assert ["ended", "closed"] == executor.said


async def test_a_file_is_uploaded_once_for_all_its_questions(tmp_path: Path) -> None:
    """Whatever number of them is open at a time."""
    executor = InstantExecutor()
    questions = [f"Вопрос {number}?" for number in range(20)]
    async with (
        client_and_server() as both,
        BatchJob(
            both.client,
            documents=documents(tmp_path, 2),
            questions=questions,
            journal=tmp_path / "j",
            concurrency=20,
            executor=executor,
        ) as job,
    ):
        counts = await job.run()
    assert 40 == counts.done
    assert ["0.md", "1.md"] == sorted(executor.uploads)


async def test_that_a_file_is_about_to_be_uploaded_is_written_with_the_unit_that_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction, as each takes the disk a while; a unit whose file is there has nothing to note."""
    record, noted = Journal.record, list[bool]()

    async def seen(self: Journal, key: str, state: UnitState, **given: Any) -> None:
        if state.name == "creating_chat":
            noted.append(given["uploading"] is not None)
        await record(self, key, state, **given)

    monkeypatch.setattr(Journal, "record", seen)
    common: dict[str, Any] = {"documents": documents(tmp_path, 1), "questions": ["Первый?", "Второй?"], "concurrency": 1}
    async with (
        client_and_server() as both,
        BatchJob(both.client, **common, journal=tmp_path / "j", executor=InstantExecutor()) as job,
    ):
        await job.run()
    assert [True, False] == noted


async def test_a_document_that_the_server_forbids_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """It is tried three times and then poisoned; a failure of the login would pause the job."""

    class Forbidding(InstantExecutor):
        async def perform(self, work: Work, on_event: OnEvent) -> Observation:
            if work.unit.document.name == "0.md" and isinstance(work.step, Post):
                return failure(PermissionDeniedError("Access denied", status_code=403), work.step)
            return await super().perform(work, on_event)

    async with (
        client_and_server() as both,
        BatchJob(
            both.client, documents=documents(tmp_path, 3), questions="?", journal=tmp_path / "j", executor=Forbidding()
        ) as job,
    ):
        outcomes = [outcome async for outcome in job]
    assert ["0.md"] == [each.unit.document.name for each in outcomes if isinstance(each, Failed)]
    assert 3 == len(outcomes)


@pytest.mark.parametrize("count", [FAILURES_IN_A_ROW, 2, 1])
async def test_a_folder_that_is_away_is_waited_for_however_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """However few questions are left. While it is away nothing is tried, which would make its questions fail in the end."""
    folder, away, tried = tmp_path / "plans", tmp_path / "away", list[int]()
    folder.mkdir()
    paths = documents(folder, count)

    class Disconnected(InstantExecutor):
        async def upload(self, path: Path) -> StoredFile | Failure:
            if not self.uploads:
                folder.rename(away)
            stored = await super().upload(path)
            is_there = await asyncio.to_thread(path.exists)
            return stored if is_there else Failure(Fault.FINAL, text("file_unreadable", path=path, reason="?"), "?")

    executor = Disconnected()

    async def waited(*_: object) -> None:
        tried.append(len(executor.uploads))
        if len(tried) == 2 * Limits().server_failures:
            away.rename(folder)

    monkeypatch.setattr(Pauses, "wait", waited)
    monkeypatch.setattr(runner, "_FIRST_WAIT", 0.0)
    async with (
        client_and_server() as both,
        BatchJob(both.client, documents=paths, questions="?", journal=tmp_path / "j", executor=executor) as job,
    ):
        counts = await job.run()

    assert count == counts.done
    assert {tried[0]} == set(tried)


async def test_the_last_question_waits_for_its_server_however_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many would: the job pauses, says why, and no try is counted until the server is back."""
    tried, paused = list[int](), list[str]()
    refused = failure(APIConnectionError("Connection refused"), CreateChat("t"))

    class Unreachable(InstantExecutor):
        async def perform(self, work: Work, on_event: OnEvent) -> Observation:
            if not self.works:
                self.works.append(work)
                return refused
            return await super().perform(work, on_event)

    async def wait(*_: object) -> None:
        tried.append(len(executor.works))

    async def can_resume(*_: object) -> bool:
        return len(tried) == 2 * Limits().server_failures

    def heard(progress: JobProgress) -> None:
        if progress.paused is not None:
            paused.append(progress.paused.code)

    executor = Unreachable()
    monkeypatch.setattr(Pauses, "wait", wait)
    monkeypatch.setattr(runner.UnitRunner, "_can_resume", can_resume)
    monkeypatch.setattr(runner, "_FIRST_WAIT", 0.0)
    common: dict[str, Any] = {"documents": documents(tmp_path, 1), "questions": "?", "executor": executor}
    async with (
        client_and_server() as both,
        BatchJob(both.client, **common, journal=tmp_path / "j", on_progress=heard) as job,
    ):
        counts = await job.run()

    assert (1, {1}, {"job_tries_again"}) == (counts.done, set(tried), set(paused))


async def test_a_job_whose_last_question_is_given_up_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for a server that nothing is left for."""

    class Failing(InstantExecutor):
        async def perform(self, work: Work, on_event: OnEvent) -> Observation:
            self.works.append(work)
            return failure(ServerError("Bad Gateway", status_code=502), work.step)

    probed, executor = list[int](), Failing()

    async def can_resume(*_: object) -> bool:
        probed.append(len(executor.works))
        return True

    monkeypatch.setattr(Pauses, "wait", AsyncMock())
    monkeypatch.setattr(runner.UnitRunner, "_can_resume", can_resume)
    monkeypatch.setattr(runner, "_FIRST_WAIT", 0.0)
    common: dict[str, Any] = {"documents": documents(tmp_path, 1), "questions": "?", "executor": executor}
    async with client_and_server() as both, BatchJob(both.client, **common, journal=tmp_path / "j") as job:
        counts = await job.run()

    assert (1, [*range(1, Limits().server_failures)]) == (counts.failed, probed)


async def test_the_journal_of_a_killed_run_that_had_just_made_it_is_a_journal(tmp_path: Path) -> None:
    """SQLite writes its first page before the tables: a run that is killed there leaves an empty database."""
    path = tmp_path / "run.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert path.stat().st_size
    journal = await Journal.open(path)
    assert {} == await journal.states()
    await journal.close()


async def test_progress_counts_each_unit_once_at_each_change(tmp_path: Path) -> None:
    """Done, failed, running and waiting are all there are, and a job of many units counts only what changes."""
    seen = list[JobProgress]()
    async with (
        client_and_server() as both,
        BatchJob(
            both.client,
            documents=documents(tmp_path, 30),
            questions="?",
            journal=tmp_path / "j",
            concurrency=7,
            executor=InstantExecutor(),
            on_progress=seen.append,
        ) as job,
    ):
        await job.run()
    assert all(30 == each.counts.done + each.counts.failed + each.counts.running + each.counts.waiting for each in seen)
    assert all(len(each.at_work) == each.counts.running <= 7 for each in seen)
    assert 7 == max(each.counts.running for each in seen)
    assert (30, 0) == (seen[-1].counts.done, seen[-1].counts.running)


async def test_a_pause_that_ends_while_the_runner_looks_is_over(tmp_path: Path) -> None:
    """It was too early to ask, and by the time that the runner waits for it no longer is."""
    task = BatchTask(document=BatchDocument(name="План", document_id="d"), question=BatchQuestion(text="?"))
    unit, pacing, now = BatchUnit.of(task, "digest"), Pacing(1), iter([99.9])
    pacing.not_before = 100.0
    journal = await Journal.open(tmp_path / "run.sqlite")
    await journal.set_tasks([(task, unit)])
    listener: Any = Mock(finished=AsyncMock())
    others: Any = {"listener": listener, "probe": AsyncMock(), "pauses": Mock(), "limits": Limits()}
    units = runner.UnitRunner(journal, InstantExecutor(), pacing=pacing, **others)
    units._clock = lambda: next(now, 100.1)
    async with asyncio.timeout(20):
        await units.run([unit], await journal.states())
    await journal.close()

    assert "done" == listener.finished.call_args.args[1].name
