"""``aizoomdoc batch cancel``: a signal to the process of the job, and to no other one."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from aizoomdoc_client.batch.job_process import JobProcess
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.batch.journal_file import lock_path
from aizoomdoc_client.filesystem.locks import exclusive
from tests.cli.program import Program

IN_PROC = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="files of Linux")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    """The journal of a job that this process runs."""
    path = tmp_path / "run.sqlite"

    async def begin() -> None:
        await (await Journal.open(path)).close()

    asyncio.run(begin())
    note(path, {name: value for name, value in JobProcess.own().facts.items() if value is not None})
    with exclusive(lock_path(path), timeout=1):
        yield path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that are sent, each with its process."""
    signals = list[tuple[int, int]]()
    monkeypatch.setattr(os, "kill", lambda process, number: signals.append((process, number)))
    return signals


def note(journal: Path, facts: Mapping[str, str]) -> None:
    with closing(sqlite3.connect(journal)) as db, db:
        db.executemany("INSERT OR REPLACE INTO facts VALUES (?,?)", facts.items())


@pytest.mark.parametrize(("option", "number"), [((), signal.SIGINT), (("--now",), signal.SIGTERM)])
def test_the_process_of_the_job_gets_the_signal(
    program: Program, journal: Path, sent: list[tuple[int, int]], option: tuple[str, ...], number: int
) -> None:
    """As Ctrl-C in its terminal, or to end at once."""
    outcome = program("batch", "cancel", str(journal), *option)

    assert (0, [(os.getpid(), number)]) == (outcome.code, sent)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"process_boot": "b5ad6cd8", "process_host": "plans"}, id="another machine", marks=IN_PROC),
        pytest.param({"process_namespace": "pid:[1]", "process_host": "plans"}, id="another container", marks=IN_PROC),
        pytest.param({"process_started": "1", "process_host": "plans"}, id="another process of the number", marks=IN_PROC),
    ],
)
def test_a_process_of_another_place_gets_no_signal(
    program: Program, journal: Path, sent: list[tuple[int, int]], facts: Mapping[str, str]
) -> None:
    """Its number would be another process's here; the error says where the job runs."""
    note(journal, facts)
    outcome = program("batch", "cancel", str(journal))

    said = f"Error: the job runs on plans, there as process {os.getpid()}, or in another container: stop it there"
    assert (1, [said], []) == (outcome.code, outcome.errors, sent)


def test_the_journal_of_an_older_version_tells_the_number_only(
    program: Program, journal: Path, sent: list[tuple[int, int]]
) -> None:
    """Its process is taken to be here."""
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute("DELETE FROM facts WHERE name LIKE 'process_%'")
    outcome = program("batch", "cancel", str(journal))

    assert (0, [(os.getpid(), signal.SIGINT)]) == (outcome.code, sent)
