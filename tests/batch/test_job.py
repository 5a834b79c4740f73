"""A job as its user sees it, against a local server: what is asked, what is not asked again, and whose settings stay."""

from __future__ import annotations

import asyncio
import csv
import gc
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import attrs
import pytest

from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.batch import (
    BatchDocument,
    BatchSettings,
    Done,
    Failed,
    JobProgress,
    Limits,
    Skipped,
    export,
    journal as journal_module,
)
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.batch.journal_reader import JournalReader
from aizoomdoc_client.batch.outcomes import Outcome
from aizoomdoc_client.batch.user_settings import UserSettings
from aizoomdoc_client.catalog import text
from aizoomdoc_client.session.retrier import waiting_by
from tests.batch.job_setup import Desk, client_of, desk_at
from tests.client_and_server import no_wait


@attrs.frozen
class Height:
    """What is asked for in a structured answer."""

    height: float


@attrs.frozen
class FloorHeight(Height):
    """Something else to ask for."""

    floor: int | None = None


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The client does not wait between its looks for a stored answer."""
    with waiting_by(no_wait):
        async with desk_at(tmp_path) as desk:
            yield desk


def earlier(outcomes: list[Outcome]) -> list[bool]:
    """Of each answer whether a run of before had it."""
    return [outcome.is_earlier for outcome in outcomes if isinstance(outcome, Done)]


async def cancelled_in_the_middle(desk: Desk) -> None:
    """A run that was cancelled while one answer was there and others were half said."""
    await desk.answerer.allow(1)
    running = asyncio.create_task(desk.run())
    await desk.answerer.held.wait()
    running.cancel()
    await asyncio.wait([running])
    await desk.answerer.allow(None)


async def test_a_new_job_asks_each_question_about_each_document(desk: Desk) -> None:
    """Once, and each outcome has its unit and its answer."""
    outcomes = await desk.run(questions={"высота": "Какая высота этажа?", "ВРУ": "Где ВРУ?"})

    assert {(f"План {number}.md", name) for number in (1, 2, 3) for name in ("высота", "ВРУ")} == {
        (outcome.unit.document.name, outcome.unit.question.name) for outcome in outcomes if isinstance(outcome, Done)
    }
    assert (6, 6) == (await desk.posted(), len({o.answer.text for o in outcomes if isinstance(o, Done)}))


async def test_a_cancelled_job_goes_on_and_asks_nothing_twice(desk: Desk) -> None:
    """What was half answered is taken up in its own chat; what was answered is handed out as it is."""
    await cancelled_in_the_middle(desk)
    before = await desk.posted()
    outcomes = await desk.run()

    assert ([Done] * 3, 3) == ([type(outcome) for outcome in outcomes], await desk.posted())
    assert before in {1, 2, 3}
    assert [True] * 3 == earlier(await desk.run())
    assert 3 == await desk.posted()


async def test_answers_of_before_are_waited_for_from_the_start_of_the_job_on(desk: Desk) -> None:
    """However few of them are taken up at a time: the process that read them had the journal, so it was gone by then."""
    await cancelled_in_the_middle(desk)
    waits = list[float]()

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    began = asyncio.get_running_loop().time()
    with waiting_by(noted):
        async with desk.job() as job:
            assert began <= job._alone_since <= asyncio.get_running_loop().time()
            job._alone_since -= 3600.0
            outcomes = [outcome async for outcome in job]

    assert ([Done] * 3, 0.0) == ([type(outcome) for outcome in outcomes], sum(waits))


async def test_a_renamed_file_is_not_asked_again_and_a_changed_one_is(desk: Desk) -> None:
    """A document is its content."""
    await desk.run()
    (desk.plans / "План 1.md").rename(desk.plans / "План А.md")
    (desk.plans / "План 2.md").write_text("Новая редакция", encoding="utf-8")
    outcomes = await desk.run()

    assert {"План А.md": True, "План 2.md": False, "План 3.md": True} == {
        outcome.unit.document.name: outcome.is_earlier for outcome in outcomes if isinstance(outcome, Done)
    }
    assert 4 == await desk.posted()


async def test_a_document_that_was_changed_at_the_same_time_as_before_is_asked_again(desk: Desk) -> None:
    """Archives and build tools set the time of a file's content; that at which it was written is the system's."""
    plan = desk.plans / "План 1.md"
    plan.write_text("Высота 3,3 м", encoding="utf-8")
    os.utime(plan, (1.7e9, 1.7e9))
    await desk.run(documents=plan)
    plan.write_text("Высота 4,2 м", encoding="utf-8")
    os.utime(plan, (1.7e9, 1.7e9))

    assert [False] == earlier(await desk.run(documents=plan))


async def test_copies_are_asked_about_once(desk: Desk) -> None:
    """And each has its row in the results."""
    (desk.plans / "Копия.md").write_bytes((desk.plans / "План 1.md").read_bytes())

    assert (3, 3) == (len(await desk.run()), await desk.posted())
    assert 4 == await asyncio.to_thread(export, desk.journal, desk.journal.with_suffix(".jsonl"))


async def test_a_file_that_is_missing_is_skipped(desk: Desk) -> None:
    """The outcome says why; the others are asked."""
    gone = BatchDocument(name="Нет.md", path=desk.plans / "Нет.md")
    there = BatchDocument(name="План 1.md", path=desk.plans / "План 1.md")
    async with desk.job(documents=[gone, there]) as job:
        outcomes = [outcome async for outcome in job]
        counts = job.progress.counts

    [skipped, done] = outcomes
    assert isinstance(skipped, Skipped)
    assert isinstance(done, Done)
    assert ("Нет.md", True) == (skipped.unit.document.name, "Нет.md" in str(skipped.reason))
    assert (1, 1, 1) == (counts.total, counts.done, counts.skipped)


async def test_role_and_model_are_set_and_put_back(desk: Desk) -> None:
    """The questions are answered with the job's; afterwards the user has their own."""
    await desk.client.update_settings(model_profile="simple", selected_role_prompt_id=1)
    async with desk.job(settings=BatchSettings(role=2, model="complex")) as job:
        await job.run()
    own = (await desk.client.get_me()).settings

    assert {(2, "complex")} == {(used.selected_role_prompt_id, used.model_profile) for used in desk.answerer.settings}
    assert (1, "simple", False) == (own.selected_role_prompt_id, own.model_profile, job.progress.changed_settings)


async def test_settings_are_put_back_after_a_break(desk: Desk) -> None:
    """Also where a caller leaves the iteration in the middle, which ends the job."""
    await desk.client.update_settings(selected_role_prompt_id=1)
    async with desk.job(settings=BatchSettings(role=2)) as job:
        async for _ in job:
            break

    assert (1, {2}) == (await desk.role(), {used.selected_role_prompt_id for used in desk.answerer.settings})


async def crashed_with_role(desk: Desk, role: int) -> None:
    """What a run leaves that was killed after it had set its role."""
    journal = await Journal.open(desk.journal)
    await UserSettings(desk.client, journal).apply(BatchSettings(role=role))
    await journal.close()


@pytest.mark.parametrize("settings", [BatchSettings(), BatchSettings(role=3)])
async def test_after_a_crash_the_next_run_puts_the_settings_back(desk: Desk, settings: BatchSettings) -> None:
    """Those of before the run that crashed, whatever the next run asks with."""
    await desk.client.update_settings(selected_role_prompt_id=1)
    await crashed_with_role(desk, 2)
    async with desk.job(settings=settings) as job:
        await job.run()

    assert (1, False) == (await desk.role(), job.progress.changed_settings)
    assert {settings.role or 1} == {used.selected_role_prompt_id for used in desk.answerer.settings}


@pytest.mark.parametrize("settings", [BatchSettings(), BatchSettings(role=2)])
async def test_settings_that_somebody_changed_after_a_crash_stay(desk: Desk, settings: BatchSettings) -> None:
    """The job tells of it."""
    await desk.client.update_settings(selected_role_prompt_id=1)
    await crashed_with_role(desk, 2)
    await desk.client.update_settings(selected_role_prompt_id=3)
    async with desk.job(settings=settings) as job:
        await job.run()

    assert (3, True) == (await desk.role(), job.progress.changed_settings)


async def test_settings_that_somebody_changes_meanwhile_stay(desk: Desk) -> None:
    """The job tells of it at its end."""
    await desk.client.update_settings(selected_role_prompt_id=1)
    await desk.answerer.allow(0)
    async with desk.job(settings=BatchSettings(role=2)) as job:
        running = asyncio.create_task(job.run())
        await desk.answerer.held.wait()
        await desk.client.update_settings(selected_role_prompt_id=3)
        await desk.answerer.allow(None)
        await running

    assert (3, True) == (await desk.role(), job.progress.changed_settings)


async def test_a_limit_is_how_many_units_one_run_asks(desk: Desk) -> None:
    """The next run asks the others."""
    first = await desk.run(limit=2)
    second = await desk.run(limit=2)

    assert ([False, False], [True, True, False]) == (earlier(first), earlier(second))
    assert 3 == await desk.posted()


async def test_failed_units_are_asked_again_where_that_is_wanted(desk: Desk) -> None:
    """Without it they stay failed, and cost nothing."""
    desk.answerer.fails = True
    failed = await desk.run(limits=Limits(failures=1))
    asked = len(desk.answerer.texts)
    desk.answerer.fails = False
    again = await desk.run()

    assert ([Failed] * 3, [Failed] * 3) == ([type(each) for each in failed], [type(each) for each in again])
    assert asked == len(desk.answerer.texts)
    assert [False] * 3 == earlier(await desk.run(retry_failed=True))


async def test_stop_finishes_what_runs_and_begins_nothing(desk: Desk) -> None:
    """The iteration ends with the answers of the running units."""
    await desk.answerer.allow(0)
    async with desk.job(concurrency=1) as job:
        running = asyncio.create_task(job.run())
        await desk.answerer.held.wait()
        job.stop()
        await desk.answerer.allow(None)
        counts = await running

    assert (1, 2, 1) == (counts.done, counts.waiting, await desk.posted())


async def test_a_job_that_is_stopped_before_it_begins_asks_nothing(desk: Desk) -> None:
    """As where a program is told to end while it starts."""
    async with desk.job() as job:
        job.stop()
        await job.run()

    assert 0 == await desk.posted()


async def test_a_second_job_on_a_journal_is_refused(desk: Desk) -> None:
    """While the first is open; afterwards it goes."""
    async with desk.job():
        with pytest.raises(ConfigurationError, match=r"run\.sqlite") as caught:
            async with desk.job():
                pass

    assert "journal_in_use" == caught.value.code
    assert 3 == len(await desk.run())


async def test_a_journal_of_another_server_is_refused(desk: Desk, tmp_path: Path) -> None:
    """Its chats and files are there and not here; the error names both servers."""
    await desk.run()
    other = tmp_path / "other"
    other.mkdir()
    async with desk_at(other) as elsewhere:
        with pytest.raises(ConfigurationError) as caught:
            await elsewhere.run(journal=desk.journal)

    assert "journal_of_another_server" == caught.value.code
    assert (True, True) == (desk.server.url in caught.value.message, elsewhere.server.url in caught.value.message)


async def test_a_job_shows_itself_in_a_notebook(desk: Desk) -> None:
    """Its counts as a table; as text on one line."""
    async with desk.job() as job:
        await job.run()
        html = job._repr_html_()

    assert ("<BatchJob run.sqlite: 3 of 3 done, 0 failed>", True) == (repr(job), html.startswith("<table><tr><th>total</th>"))
    assert "<td>3</td><td>3</td><td>0</td>" in html


async def test_a_schema_gives_values_and_columns(desk: Desk) -> None:
    """Also from the journal; another class is another question."""
    desk.answerer.reply = '\n```json\n{"height": 3.3}\n```'
    first = await desk.run(schema=Height)
    second = await desk.run(schema=Height)
    out = desk.journal.with_suffix(".csv")
    await asyncio.to_thread(export, desk.journal, out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = [*csv.DictReader(file)]
    posted = await desk.posted()
    others = await desk.run(schema=FloorHeight)

    assert [Height(3.3)] * 6 == [each.answer.parsed for each in (*first, *second) if isinstance(each, Done)]
    assert ([True] * 3, 3) == (earlier(second), posted)
    assert ([False] * 3, 6) == (earlier(others), await desk.posted())
    assert ["3.3"] * 3 == [row["height"] for row in rows]


def tall(limit: float) -> type[Any]:
    """A class for which the same is asked, whatever the limit is."""

    @attrs.frozen
    class Tall:
        """A floor."""

        height: float = attrs.field(validator=attrs.validators.gt(limit), metadata={"description": "in metres"})

    return Tall


@pytest.fixture
async def answered_desk(desk: Desk) -> Desk:
    """A desk with a journal of three answers, each of a floor of 3.3 m."""
    desk.answerer.reply = '\n```json\n{"height": 3.3}\n```'
    await desk.run(schema=tall(3))
    return desk


async def test_a_negative_limit_is_refused(desk: Desk) -> None:
    """Python would count it from the end, and leave out the last questions."""
    with pytest.raises(ConfigurationError, match="limit must be a whole number, 0 or more, not '-1'"):
        await desk.run(limit=-1)


async def test_the_results_show_what_was_answered_where_the_class_refuses_it_now(answered_desk: Desk) -> None:
    """As of any answer that does not fit: its text and why, no fields."""
    await answered_desk.run(schema=tall(5))
    with JournalReader(answered_desk.journal) as reader:
        rows, counts = [*reader.rows()], reader.counts()

    assert (0, 3) == (counts.done, counts.failed)
    assert {("failed", None, True, "AnswerFormatError")} == {
        (row.state, row.parsed, "3.3" in (row.raw_text or ""), row.error_type) for row in rows
    }


async def test_a_stored_answer_that_the_class_takes_again_is_done_again(answered_desk: Desk) -> None:
    """It stayed in the journal: nothing is asked."""
    await answered_desk.run(schema=tall(5))
    again = await answered_desk.run(schema=tall(2))
    with JournalReader(answered_desk.journal) as reader:
        rows = [*reader.rows()]

    assert ([True] * 3, 3) == (earlier(again), await answered_desk.posted())
    assert [({"height": 3.3}, None)] * 3 == [(row.parsed, row.raw_text) for row in rows]


async def test_a_stored_answer_that_the_class_refuses_now_is_asked_for_again_where_failures_are(answered_desk: Desk) -> None:
    """By `retry_failed`, in the same run."""
    answered_desk.answerer.reply = '\n```json\n{"height": 5.5}\n```'
    outcomes = await answered_desk.run(schema=tall(5), retry_failed=True)

    assert [5.5] * 3 == [each.answer.parsed.height for each in outcomes if isinstance(each, Done)]


async def test_progress_is_told(desk: Desk) -> None:
    """From nothing to all, with the units at work."""
    seen = list[JobProgress]()
    await desk.run(on_progress=seen.append)

    assert (0, 3) == (seen[0].counts.done, seen[-1].counts.done)
    assert {"План 1.md", "План 2.md", "План 3.md"} == {unit.document.name for each in seen for unit in each.at_work}
    assert 2 == max(len(each.at_work) for each in seen)


async def test_another_client_goes_on_with_a_journal(desk: Desk) -> None:
    """As another process of the same user."""
    await cancelled_in_the_middle(desk)
    async with client_of(desk.server) as other:
        outcomes = await attrs.evolve(desk, client=other).run()

    assert (3, 3) == (len(earlier(outcomes)), await desk.posted())


async def test_a_pause_that_cannot_be_noted_is_not_logged_as_never_retrieved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that cannot be written ends the job by its units."""
    reported = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    async with desk.job() as job:
        monkeypatch.setattr(journal_module, "_write_all", Mock(side_effect=sqlite3.OperationalError("no")))
        job.paused(text("folder_away", folder="plans"))
        await asyncio.wait(job._notes)
        gc.collect()

    assert [] == reported
