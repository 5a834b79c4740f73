"""Two jobs of one user at a time, whose settings must not become the other's."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.batch import BatchSettings, Done, JobProgress, settings_turn
from aizoomdoc_client.batch.outcomes import Outcome
from tests.batch.job_setup import HEIGHT, ROLE, Desk, client_of, held_desk

OTHER = "Где ВРУ?"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with held_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def other(desk: Desk) -> Desk:
    """The same client with another journal."""
    return attrs.evolve(desk, journal=desk.journal.with_name("other.sqlite"))


def questions_of(outcomes: list[Outcome]) -> set[str]:
    return {outcome.unit.question.text for outcome in outcomes if isinstance(outcome, Done)}


async def test_two_jobs_run_on_one_client(desk: Desk, other: Desk) -> None:
    """Each with its journal and its questions, at the same time."""
    await desk.answerer.allow(None)
    first, second = await asyncio.gather(desk.run(), other.run(questions=OTHER))

    assert [Done] * 6 == [type(outcome) for outcome in (*first, *second)]
    assert 6 == await desk.posted()
    assert ({HEIGHT}, {OTHER}) == (questions_of(first), questions_of(second))


async def test_jobs_without_settings_ask_at_the_same_time(desk: Desk, other: Desk) -> None:
    """Neither waits for the other's end."""
    first = asyncio.create_task(desk.run(concurrency=1))
    await desk.answerer.held.wait()
    desk.answerer.held.clear()
    second = asyncio.create_task(other.run(questions=OTHER, concurrency=1))
    await desk.answerer.held.wait()
    asked = [*desk.answerer.texts]
    await desk.answerer.allow(None)
    await asyncio.gather(first, second)

    assert ([HEIGHT, OTHER], 6) == (asked, await desk.posted())


@pytest.mark.parametrize(
    "theirs", [BatchSettings(role=3), BatchSettings(), ROLE], ids=["another role", "the user's own", "the same"]
)
@pytest.mark.parametrize("same_client", [True, False], ids=["one client", "two clients"])
async def test_a_job_with_a_role_runs_alone(desk: Desk, other: Desk, theirs: BatchSettings, same_client: bool) -> None:
    """Each question is answered with its own job's settings, and the user's own are what they were."""
    waits = asyncio.Event()

    def told(progress: JobProgress) -> None:
        if progress.paused is not None and progress.paused.code == "job_waits_for_settings":
            waits.set()

    async with client_of(desk.server) as client:
        if not same_client:
            other = attrs.evolve(other, client=client)
        first = asyncio.create_task(desk.run(settings=ROLE))
        await desk.answerer.held.wait()
        second = asyncio.create_task(other.run(questions=OTHER, settings=theirs, on_progress=told))
        await waits.wait()
        await desk.answerer.allow(None)
        outcomes = [*await first, *await second]

    asked = {(text, used.selected_role_prompt_id) for text, used in zip(desk.answerer.texts, desk.answerer.settings, strict=True)}
    assert {(HEIGHT, 2), (OTHER, theirs.role or 1)} == asked
    assert ([Done] * 6, 1) == ([type(outcome) for outcome in outcomes], await desk.role())


async def test_a_job_that_waits_for_another_can_be_stopped_and_cancelled(desk: Desk, other: Desk) -> None:
    """It has asked nothing; the other goes on, and a third has its turn afterwards."""
    first = asyncio.create_task(desk.run(settings=ROLE))
    await desk.answerer.held.wait()
    waits = asyncio.Event()

    def told(progress: JobProgress) -> None:
        if progress.paused is not None:
            waits.set()

    async with other.job(settings=ROLE, on_progress=told) as job:
        stopped = asyncio.create_task(job.run())
        await waits.wait()
        job.stop()
        counts = await stopped
    waits.clear()
    cancelled = asyncio.create_task(other.run(settings=ROLE, on_progress=told))
    await waits.wait()
    cancelled.cancel()
    await asyncio.wait([cancelled])
    await desk.answerer.allow(None)

    assert (0, 3, True) == (counts.done, counts.waiting, cancelled.cancelled())
    assert [Done] * 6 == [type(outcome) for outcome in (*await first, *await other.run(settings=ROLE))]
    assert 1 == await desk.role()


async def test_nothing_is_kept_of_users_whose_jobs_have_ended(desk: Desk) -> None:
    """A backend has jobs of many, one after the other."""
    await desk.answerer.allow(None)
    await desk.run(settings=ROLE)
    gc.collect()

    assert [] == [*settings_turn._turns.get()]
