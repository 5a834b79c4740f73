"""Faults of a job's journal and of what is stored in it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import Mock

import pytest

from aizoomdoc_client.batch import journal as journal_module
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.batch.outcomes import Failed, JobCounts
from aizoomdoc_client.exceptions import ConfigurationError
from tests.batch.job_setup import Desk
from tests.batch.test_job import answered_desk, desk, tall
from tests.batch.test_journal import HeldJournal, all_of, held_journal, journal
from tests.databases import impatient

__all__ = ["answered_desk", "desk", "held_journal", "impatient", "journal"]


async def test_batch_stricter_schema(answered_desk: Desk) -> None:
    """It is asked about by nobody; the job counts it, and goes on with what is new."""
    answered_desk.write("План 4.md")
    async with answered_desk.job(schema=tall(5)) as job:
        before, posted = job.progress.counts, await answered_desk.posted()
        outcomes = [outcome async for outcome in job]

    assert JobCounts(total=4, failed=3, waiting=1) == before
    assert ["AnswerFormatError"] * 3 == [each.kind for each in outcomes[:3] if isinstance(each, Failed)]
    assert (3, 5) == (posted, await answered_desk.posted())  # the new document, and once more since its answer does not fit


@pytest.mark.parametrize("use", [lambda journal: journal.fact("a"), lambda journal: journal.set_fact("a", "1")])
async def test_batch_journal_held(held_journal: HeldJournal, use: Callable[[Journal], Coroutine[Any, Any, Any]]) -> None:
    """Reading and writing; it is told, and that it has ended."""
    said = held_journal.listen()
    using = asyncio.create_task(use(held_journal.journal))
    async with asyncio.timeout(20):
        block = await said.get()
        held_journal.let_go()
        await using

    assert ("journal_held", None) == (block and block.code, all_of(said)[-1])


@pytest.mark.parametrize(
    ("sqlite_code", "code"),
    [
        (sqlite3.SQLITE_IOERR, "database_unusable"),
        (sqlite3.SQLITE_CORRUPT, "journal_damaged"),
        (sqlite3.SQLITE_CANTOPEN, "database_unusable"),
    ],
)
async def test_batch_journal_lost(journal: Journal, monkeypatch: pytest.MonkeyPatch, sqlite_code: int, code: str) -> None:
    """Which names the journal."""
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = sqlite_code
    monkeypatch.setattr(journal_module, "_write_all", Mock(side_effect=error))
    with pytest.raises(ConfigurationError) as raised:
        await journal.set_fact("a", "1")

    assert (code, True) == (raised.value.code, str(journal.path) in str(raised.value))
