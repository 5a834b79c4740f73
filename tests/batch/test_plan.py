"""What a run would do, told before it does so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.batch import Limits
from aizoomdoc_client.batch.plan import JobPlan, plan
from aizoomdoc_client.batch.preparation import job_tasks
from aizoomdoc_client.session.retrier import waiting_by
from tests.batch.job_setup import HEIGHT, Desk, desk_at
from tests.client_and_server import no_wait


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The client does not wait between its attempts."""
    with waiting_by(no_wait):
        async with desk_at(tmp_path) as desk:
            yield desk


def planned(desk: Desk, **options: Any) -> JobPlan:
    return plan(job_tasks(desk.plans, HEIGHT, None, None), desk.journal, **options)


async def test_without_a_journal_all_is_to_be_asked_and_uploaded(desk: Desk) -> None:
    """And none is made."""
    size = sum(path.stat().st_size for path in desk.plans.iterdir())

    assert planned(desk) == JobPlan(documents=3, to_ask=3, later=0, done=0, failed=0, uploads=3, bytes_to_upload=size)
    assert not desk.journal.exists()


async def test_a_limit_leaves_questions_for_later(desk: Desk) -> None:
    """It counts the questions that are asked, not those that are answered."""
    first = planned(desk, limit=2)
    await desk.run(limit=2)
    second = planned(desk, limit=2)

    assert [(2, 1, 0), (1, 0, 2)] == [(each.to_ask, each.later, each.done) for each in (first, second)]
    assert [2, 1] == [each.uploads for each in (first, second)]


async def test_failed_questions_are_asked_where_that_is_wanted(desk: Desk) -> None:
    """Then none counts as failed; their files are on the server already."""
    desk.answerer.fails = True
    await desk.run(limits=Limits(failures=1))
    usual, again = planned(desk), planned(desk, retry_failed=True)

    assert [(0, 3), (3, 0)] == [(each.to_ask, each.failed) for each in (usual, again)]
    assert 0 == again.uploads == again.bytes_to_upload


async def test_files_that_have_not_changed_are_not_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal has their digests."""
    await desk.run()
    desk.write("План 4.md")
    tasks = job_tasks(desk.plans, HEIGHT, None, None)
    read, opened = list[str](), Path.open

    def watched(path: Path, *mode: str) -> Any:
        read.append(path.name)
        return opened(path, *mode)

    monkeypatch.setattr(Path, "open", watched)
    found = plan(tasks, desk.journal)

    assert (1, 3) == (found.to_ask, found.done)
    assert ["План 4.md"] == [name for name in read if name.endswith(".md")]


async def test_a_file_that_is_missing_is_named(desk: Desk) -> None:
    """The others are planned."""
    tasks = job_tasks(desk.plans, HEIGHT, None, None)
    (desk.plans / "План 2.md").unlink()
    found = plan(tasks, desk.journal)

    assert (2, 2) == (found.to_ask, found.uploads)
    assert ["План 2.md"] == [Path(problem.values["path"]).name for problem in found.problems]
