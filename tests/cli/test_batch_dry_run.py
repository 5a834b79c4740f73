"""``aizoomdoc batch run --dry-run``: what it says a run would do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.testing import ScriptedServer, simple_answer
from tests.cli.program import Program


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    folder = tmp_path / "plans"
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"План {number}.md").write_text(f"Высота этажа {number} м", encoding="utf-8")
    return folder


def test_the_plan_is_that_of_the_same_command(logged_in: Program, server: ScriptedServer, plans: Path) -> None:
    """With its limit; nothing is asked, uploaded or written."""
    journal = plans.parent / "run.sqlite"
    arguments = ("batch", "run", str(plans), "--question", "Высота?", "--journal", str(journal), "--limit", "2", "--dry-run")
    said = logged_in(*arguments).lines

    assert [
        "Documents: 3",
        "Questions to ask: 2",
        "Left for later: 1, because of --limit",
        "Answered already: 0",
        "To upload: 2 files, 56 bytes",
    ] == said
    assert not journal.exists()
    assert [] == server.posts


def test_a_failure_of_before_is_to_be_asked_again_where_that_is_said(
    logged_in: Program, server: ScriptedServer, plans: Path
) -> None:
    """Then it is not advised once more."""
    journal = plans.parent / "run.sqlite"
    arguments = ("batch", "run", str(plans / "План 1.md"), "--question", "Высота?", "--journal", str(journal))
    server.answer_with(simple_answer("3,3 м"))
    logged_in(*arguments)
    asyncio.run(fail_all(journal))
    usual, again = (logged_in(*arguments, *more, "--dry-run").lines for more in ((), ("--retry-failed",)))

    assert ["Questions to ask: 0", "Answered already: 0", "Failed before: 1; --retry-failed asks them again"] == usual[1:4]
    assert ["Questions to ask: 1", "Answered already: 0", "To upload: 0 files, 0 bytes"] == again[1:]


async def fail_all(path: Path) -> None:
    """Makes the units of a job failed ones."""
    journal = await Journal.open(path)
    await journal.record_all({key: attrs.evolve(state, name="failed") for key, state in (await journal.states()).items()})
    await journal.close()
