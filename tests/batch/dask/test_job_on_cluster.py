"""Jobs on a real cluster of several processes against a local server, with workers that are killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.batch import (
    BatchDocument,
    BatchJob,
    BatchQuestion,
    BatchSettings,
    BatchTask,
    BatchUnit,
    DaskExecutor,
    Done,
    JobProgress,
)
from aizoomdoc_client.batch.dask import worker as on_worker
from aizoomdoc_client.batch.dask.job_on_cluster import JobOnCluster
from aizoomdoc_client.batch.executor import Work
from aizoomdoc_client.batch.outcomes import Outcome
from aizoomdoc_client.batch.steps import ChatFound, CreateChat
from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.local.handlers import chat_handlers
from aizoomdoc_client.session.retrier import waiting_by
from tests.batch.dask.clusters import RealCluster
from tests.batch.dask.short_waits import short_wait
from tests.batch.job_setup import TOKEN, Desk, desk_at
from tests.kill.checks import complaints

OPTIONS = {"static_token": TOKEN, "timeout": 10.0}
TASK = BatchTask(document=BatchDocument(name="Узел"), question=BatchQuestion(text="?"))


@attrs.frozen
class Height:
    """A class that the workers do not have."""

    height: float


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Neither the workers nor the client here wait long between two looks for a stored answer."""
    with waiting_by(short_wait):
        async with desk_at(tmp_path) as desk:
            yield desk


def executor_on(cluster: RealCluster) -> DaskExecutor:
    return DaskExecutor(cluster.address, client_options=OPTIONS, send_token=True)


async def until(holds: Callable[[], bool]) -> None:
    """Returns when it holds; nothing tells of it."""
    while not holds():  # noqa: ASYNC110 - it is looked at from outside
        await asyncio.sleep(0.01)


async def pids(cluster: RealCluster) -> dict[str, int]:
    return await asyncio.to_thread(cluster.pids)


def steps_at_work() -> int:
    """How many steps a worker performs; runs there."""
    return sum(len(session._works) for session in on_worker._sessions.values())


def sessions() -> int:
    """How many sessions a worker has; runs there."""
    return len(on_worker._sessions)


async def on_each(cluster: RealCluster, count: Callable[[], int]) -> dict[str, int]:
    return await asyncio.to_thread(cluster.admin.run, count)


async def busiest(cluster: RealCluster) -> int:
    """The process of the worker with the most steps."""
    busy = await on_each(cluster, steps_at_work)
    address = max(busy, key=busy.__getitem__)
    assert busy[address]
    return (await pids(cluster))[address]


def texts(outcomes: list[Outcome]) -> dict[str, str]:
    assert {Done} == {type(outcome) for outcome in outcomes}, outcomes
    return {outcome.unit.document.name: outcome.answer.text for outcome in outcomes if isinstance(outcome, Done)}


@asynccontextmanager
async def searching_server(folder: Path, documents: int) -> AsyncIterator[tuple[AsyncAIZoomDocClient, Path]]:
    """A local server that finds its answers in the documents, and a folder with some that differ."""
    plans = folder / "documents"
    plans.mkdir()
    for number in range(documents):
        text = f"# Щиты\n\nЩит ЩО-{number:02} стоит в помещении {number}.\n"
        (plans / f"{number:02}.md").write_text(text, encoding="utf-8")
    settings = LocalSettings(port=0, data_dir=folder / "server", tokens=(TOKEN,), pace_seconds=0.01, readers=1)
    async with LocalServer(settings) as server, AsyncAIZoomDocClient(server.url, TOKEN, token_store=MemoryTokenStore()) as client:
        yield client, plans


async def test_three_workers_and_one_killed_give_the_results_of_one_process(cluster: RealCluster, tmp_path: Path) -> None:
    """Each question has its answer, each chat one message, and no finished run is repeated."""
    journals = [tmp_path / "one.sqlite", tmp_path / "three.sqlite"]
    async with searching_server(tmp_path, 24) as (client, plans):
        common: dict[str, Any] = {"documents": plans, "questions": "Где стоит щит?", "concurrency": 9}
        async with BatchJob(client, **common, journal=journals[0]) as job:
            alone = [outcome async for outcome in job]
        together = list[Outcome]()
        async with BatchJob(client, **common, journal=journals[1], executor=executor_on(cluster)) as job:
            async for outcome in job:
                together.append(outcome)
                if len(together) == 5:
                    cluster.kill(await busiest(cluster))

    assert texts(alone) == texts(together)
    assert 24 == len(texts(together))
    assert [] == [*complaints(journals[1], tmp_path / "server", 24)]


async def test_answers_that_a_killed_worker_was_reading_come_from_the_others(cluster: RealCluster, desk: Desk) -> None:
    """In their own chats: no question is posted a second time; what others were reading is not disturbed."""
    await desk.answerer.allow(0)
    running = asyncio.create_task(desk.run(executor=executor_on(cluster), concurrency=3))
    await until(lambda: len(desk.answerer.texts) == 3)
    assert [1, 1, 1] == [*(await on_each(cluster, steps_at_work)).values()]
    cluster.kill(await busiest(cluster))
    await until(lambda: len(desk.answerer.texts) == 4)
    await desk.answerer.allow(None)

    assert 3 == len(texts(await running))
    assert (3, 4) == (await desk.posted(), len(desk.answerer.texts))


@pytest.mark.parametrize("moment", ["before it is stored", "after it is stored"])
async def test_a_worker_that_is_killed_while_it_posts_leaves_one_message(
    cluster: RealCluster, desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whether the server has stored it by then or not: it is looked for, and never posted to that chat again."""
    posting, release = asyncio.Event(), asyncio.Event()
    usual = chat_handlers.idempotent_response

    async def held(request: Any, *rest: Any) -> Any:
        if not request.path.endswith("/messages") or posting.is_set():
            return await usual(request, *rest)
        if moment == "after it is stored":
            response = await usual(request, *rest)
            posting.set()
            await release.wait()
            return response
        posting.set()
        await release.wait()
        return await usual(request, *rest)

    monkeypatch.setattr(chat_handlers, "idempotent_response", held)
    running = asyncio.create_task(desk.run(executor=executor_on(cluster), concurrency=1))
    await posting.wait()
    cluster.kill(await busiest(cluster))
    await until(lambda: len(cluster.local.scheduler.workers) == 2)
    release.set()
    outcomes = await running
    chats = [await desk.client.get_chat_history(chat) for chat in await desk.client.list_chats(limit=50)]

    assert 3 == len(texts(outcomes))
    assert all(sum(message.role == "user" for message in chat.messages) <= 1 for chat in chats)
    assert 3 == len(desk.answerer.texts) == sum(message.role == "assistant" for chat in chats for message in chat.messages)


def test_workers_are_not_told_where_a_file_lies() -> None:
    """They need not have it: the submitting process uploads it; all else of the step is theirs."""
    nobody: Any = None
    document = BatchDocument(name="План.pdf", path=Path("/home/user/План.pdf"))
    work = Work(unit=BatchUnit.of(attrs.evolve(TASK, document=document), "digest"), step=CreateChat("Чат"))
    sent = JobOnCluster(nobody, nobody, None)._for_worker(work)

    assert attrs.evolve(work, unit=attrs.evolve(work.unit, document=BatchDocument(name="План.pdf"))) == sent


async def test_units_are_spread_over_the_workers(cluster: RealCluster, desk: Desk) -> None:
    """Also where none has a step at the moment: those between two steps count."""
    units = [BatchUnit.of(TASK, digest) for digest in ("first", "second", "third")]
    async with executor_on(cluster).for_job(desk.client, None) as executor:
        assert isinstance(executor, JobOnCluster)
        for unit in units:
            made = await executor.perform(Work(unit=unit, step=CreateChat(unit.key)), lambda _: None)
            assert isinstance(made, ChatFound)

        assert 3 == len(set(executor._homes.values()))


async def test_a_cancelled_job_leaves_nothing_on_the_workers(cluster: RealCluster, desk: Desk) -> None:
    """Their clients are closed, the server's runs are ended; the job goes on without Dask as well."""
    await desk.answerer.allow(1)
    running = asyncio.create_task(desk.run(executor=executor_on(cluster)))
    await desk.answerer.held.wait()
    assert 3 == sum((await on_each(cluster, sessions)).values())
    running.cancel()
    await asyncio.wait([running])
    left = await on_each(cluster, sessions)
    await desk.answerer.allow(None)

    assert 0 == sum(left.values())
    assert 3 == len(texts(await desk.run()))
    assert 3 == await desk.posted()


async def test_a_job_ends_what_a_lost_process_left_on_the_workers(cluster: RealCluster, desk: Desk) -> None:
    """Workers go on for a while when the submitting process was killed; the next run ends that before it looks for the answer."""
    await desk.answerer.allow(0)
    first = asyncio.create_task(desk.run(executor=executor_on(cluster), concurrency=3))
    await until(lambda: len(desk.answerer.texts) == 3)
    journal = desk.journal.with_name("copy.sqlite")
    journal.write_bytes(b"")
    async with asyncio.timeout(20):
        await asyncio.to_thread(copied, desk.journal, journal)
        second = asyncio.create_task(desk.run(executor=executor_on(cluster), concurrency=3, journal=journal))
        await until(lambda: len(desk.answerer.texts) == 6)
    assert 3 == sum((await on_each(cluster, steps_at_work)).values())
    await desk.answerer.allow(None)

    assert (3, 3, 6) == (len(texts(await second)), await desk.posted(), len(desk.answerer.texts))
    first.cancel()
    await asyncio.wait([first])


def copied(journal: Path, copy: Path) -> None:
    """What a process that is killed now leaves."""
    import sqlite3

    with sqlite3.connect(journal) as db, sqlite3.connect(copy) as other:
        db.backup(other)
        other.execute("UPDATE facts SET value='1' WHERE name='process_started'")  # not this one, which runs the job still
    db.close()
    other.close()


async def test_groups_of_settings_and_a_schema_go_to_the_workers(cluster: RealCluster, desk: Desk) -> None:
    """The submitting process sets the role; it reads the values, so that the workers need not have the class."""
    desk.answerer.reply = '\n```json\n{"height": 3.3}\n```'
    outcomes = await desk.run(executor=executor_on(cluster), schema=Height, settings=BatchSettings(role=2))

    assert [Height(3.3)] * 3 == [outcome.answer.parsed for outcome in outcomes if isinstance(outcome, Done)]
    assert {2} == {used.selected_role_prompt_id for used in desk.answerer.settings}


async def test_a_place_in_the_servers_queue_is_told(cluster: RealCluster, tmp_path: Path) -> None:
    """The pacing needs it."""
    seen = list[JobProgress]()
    async with (
        searching_server(tmp_path, 12) as (client, plans),
        BatchJob(
            client,
            documents=plans,
            questions="Где стоит щит?",
            journal=tmp_path / "j.sqlite",
            concurrency=12,
            executor=executor_on(cluster),
            on_progress=seen.append,
        ) as job,
    ):
        await job.run()

    assert 12 == seen[-1].counts.done
    assert max(each.counts.queued_on_server for each in seen)
