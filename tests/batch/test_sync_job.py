"""A job without await, against a local server in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, ConfigurationError, MemoryTokenStore
from aizoomdoc_client.batch import BatchJob, BatchSettings, Done, JobProgress, SyncBatchJob
from aizoomdoc_client.local import LocalSettings
from aizoomdoc_client.session.retrier import waiting_by
from tests.batch.job_setup import HEIGHT, TOKEN, HeldAnswerer
from tests.cli.servers import running_local_server
from tests.client_and_server import no_wait
from tests.sync.signals import interrupted_once


class SyncDesk:
    """A client, its server with an answerer that can be held back, and three documents."""

    def __init__(self, folder: Path, client: AIZoomDocClient, answerer: HeldAnswerer) -> None:
        self.client, self.answerer, self.plans, self.journal = client, answerer, folder / "plans", folder / "run.sqlite"
        self.plans.mkdir()
        for number in (1, 2, 3):
            (self.plans / f"План {number}.md").write_text(f"Документ {number}", encoding="utf-8")

    def job(self, **changes: Any) -> SyncBatchJob:
        given: dict[str, Any] = {"documents": self.plans, "questions": HEIGHT, "journal": self.journal, "concurrency": 1}
        return SyncBatchJob(self.client, **(given | changes))

    def posted(self) -> int:
        histories = [self.client.get_chat_history(chat) for chat in self.client.list_chats(limit=50)]
        return sum(message.role == "user" for history in histories for message in history.messages)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SyncDesk]:
    answerer = HeldAnswerer()
    settings = LocalSettings(port=0, data_dir=tmp_path / "server", tokens=(TOKEN,), pace_seconds=0)
    with (
        running_local_server(settings, answerer) as server,
        AIZoomDocClient(server.url, TOKEN, token_store=MemoryTokenStore()) as client,
    ):
        yield SyncDesk(tmp_path, client, answerer)


def test_a_client_of_the_other_kind_is_refused_at_once(desk: SyncDesk, tmp_path: Path) -> None:
    """Both have the same methods, so that a job would fail at the first one that it waits for, and say nothing of why."""
    given: Any = {"documents": desk.plans, "questions": HEIGHT, "journal": tmp_path / "run.sqlite"}
    with pytest.raises(ConfigurationError, match="must be AsyncAIZoomDocClient, not AIZoomDocClient") as of_async:
        BatchJob(cast("Any", desk.client), **given)
    with pytest.raises(ConfigurationError, match="must be AIZoomDocClient, not AsyncAIZoomDocClient") as of_sync:
        SyncBatchJob(cast("Any", AsyncAIZoomDocClient(desk.client.config.server_url)), **given)

    assert "нужен клиент AsyncAIZoomDocClient, а не AIZoomDocClient" in of_async.value.localized("ru")
    assert "нужен клиент AIZoomDocClient, а не AsyncAIZoomDocClient" in of_sync.value.localized("ru")


def test_a_job_that_was_not_entered_says_how(desk: SyncDesk) -> None:
    """Without await."""
    with pytest.raises(RuntimeError, match=r"[ ]with SyncBatchJob\(\.\.\.\) as job"):
        desk.job().run()


def test_outcomes_come_one_by_one_and_a_second_run_asks_nothing(desk: SyncDesk) -> None:
    """The same job as with await, by the same journal."""
    with desk.job() as job:
        first = list(job)
        shown = (repr(job), job._repr_html_().startswith("<table>"), job.progress.counts.done)
    with desk.job() as job:
        counts = job.run()

    assert [Done] * 3 == [type(outcome) for outcome in first]
    assert ("<SyncBatchJob run.sqlite: 3 of 3 done, 0 failed>", True, 3) == shown
    assert (3, 3, 3) == (counts.done, counts.earlier, desk.posted())


def test_a_job_needs_no_default_executor(desk: SyncDesk) -> None:
    """Python 3.12 and later cannot shut it down in a thread that the interpreter ends: a script would end with a traceback."""

    async def has_executor() -> bool:
        return getattr(asyncio.get_running_loop(), "_default_executor") is not None  # noqa: B009 - asyncio's own attribute

    with desk.job() as job:
        job.run()

    assert not desk.client._bridge.run(has_executor())


def test_ctrl_c_ends_the_job_cleanly(desk: SyncDesk) -> None:
    """The answer that is read is given up, the settings are put back, the journal is free, and the next run goes on."""
    desk.client.update_settings(selected_role_prompt_id=1)
    desk.answerer.allow_from_thread(0)
    with (
        interrupted_once(desk.answerer.held_in_thread.wait),
        pytest.raises(KeyboardInterrupt),
        desk.job(settings=BatchSettings(role=2)) as job,
    ):
        job.run()

    assert 1 == desk.client.get_me().settings.selected_role_prompt_id
    with desk.job(settings=BatchSettings(role=2)) as job:
        assert 0 == job.progress.counts.done
        assert 3 == job.progress.counts.waiting


def test_stop_may_be_called_from_the_callback_and_from_a_thread(desk: SyncDesk) -> None:
    """What runs is finished, and nothing is begun."""
    jobs = list[SyncBatchJob]()

    def stop_at_once(progress: JobProgress) -> None:
        if progress.at_work:
            jobs[0].stop()

    with desk.job(on_progress=stop_at_once) as job:
        jobs.append(job)
        assert 1 == job.run().done
    with desk.job() as job:
        thread = threading.Thread(target=job.stop)
        thread.start()
        thread.join()
        assert (1, 1) == (job.run().done, desk.posted())


def test_a_loop_that_is_left_ends_the_job(desk: SyncDesk) -> None:
    """A ``break`` gives up what runs and gives the journal free."""
    with desk.job() as job:
        for _ in job:
            break
    with desk.job() as job:
        assert 3 == job.run().done

    assert 3 == desk.posted()


def test_a_cell_of_a_notebook_runs_a_job(desk: SyncDesk) -> None:
    """Its event loop runs already."""

    async def cell() -> int:
        with desk.job() as job:
            return job.run().done

    assert 3 == asyncio.run(cell())


def test_a_thread_runs_a_job_that_another_shows(desk: SyncDesk) -> None:
    """As a notebook or a backend without await does."""
    desk.answerer.allow_from_thread(0)
    with desk.job() as job:
        thread = threading.Thread(target=job.run)
        thread.start()
        desk.answerer.held_in_thread.wait()
        meanwhile, shown = job.progress, job._repr_html_()
        desk.answerer.allow_from_thread(None)
        job.stop()
        thread.join()

    assert (["План 1.md"], 2) == ([unit.document.name for unit in meanwhile.at_work], meanwhile.counts.waiting)
    assert "<td>3</td><td>0</td><td>0</td><td>0</td><td>1</td><td>2</td>" in shown
    assert 1 == job.progress.counts.done


def test_the_two_have_the_same_parameters_and_members() -> None:
    """What the async job has, the sync one has, but for what the runner calls."""
    ours, theirs = (inspect.signature(each.__init__).parameters for each in (SyncBatchJob, BatchJob))
    told = {"changed", "in_queue", "paused", "finished"}

    assert [(p.name, p.kind, p.default) for p in theirs.values()] == [(p.name, p.kind, p.default) for p in ours.values()]
    assert {name for name in dir(BatchJob) if name[0] != "_"} - told == {name for name in dir(SyncBatchJob) if name[0] != "_"}


def test_a_loop_that_shuts_down_ends_its_job(desk: SyncDesk) -> None:
    """A program returns without its task: all tasks are cancelled at once, those of the job too; the next run goes on."""
    desk.client.update_settings(selected_role_prompt_id=1)
    desk.answerer.allow_from_thread(0)

    async def work() -> None:
        async with (
            AsyncAIZoomDocClient(desk.client.config.server_url, TOKEN, token_store=MemoryTokenStore()) as client,
            BatchJob(client, documents=desk.plans, questions=HEIGHT, journal=desk.journal, settings=BatchSettings(role=2)) as job,
        ):
            await job.run()

    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(work())
        await asyncio.to_thread(desk.answerer.held_in_thread.wait)
        return task

    assert asyncio.run(main()).cancelled()
    assert 1 == desk.client.get_me().settings.selected_role_prompt_id
    desk.answerer.allow_from_thread(None)
    with waiting_by(no_wait), desk.job(settings=BatchSettings(role=2)) as job:
        assert 3 == job.run().done
    assert (3, 1) == (desk.posted(), desk.client.get_me().settings.selected_role_prompt_id)
