"""A journal, read without writing, also while a job runs."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from ..answer import Answer
from ..catalog import LocalizedText, text
from ..exceptions import ConfigurationError
from ..filesystem.locks import ProcessLock
from .job_process import JobProcess
from .journal import PAUSED
from .journal_file import has_journal, journal_error, lock_path, read_only
from .journal_rows import FileVersion, fact_of, known_files, uploaded_digests
from .journal_schema import MIGRATIONS
from .outcomes import JobCounts
from .progression import UnitState
from .results.row import ResultRow, ResultState
from .state_json import load_state, load_task, load_text

__all__ = ["JournalReader"]

_ROWS = """
    SELECT tasks.number, tasks.task, tasks.problem AS reason, units.* FROM tasks LEFT JOIN units ON units.key = tasks.unit
    ORDER BY tasks.number
"""


class JournalReader:
    """Reads the journal of a job; a context manager. Blocks. An empty file is a journal without tasks.

    Raises `ConfigurationError` where there is no such file, or it is no journal, and where it cannot be read any further.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ConfigurationError(text("no_journal", path=path))
        self._path = path
        self._db = read_only(path) if has_journal(path) else _empty()
        self._db.row_factory = sqlite3.Row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._db.close()
        if isinstance(error, sqlite3.Error):
            raise journal_error(self._path, error) from error

    def fact(self, name: str) -> str | None:
        """The value that the job stored under `name`."""
        return fact_of(self._db, name)

    @property
    def paused(self) -> LocalizedText | None:
        """Why the job pauses, or did so when its last process ended."""
        fact = self.fact(PAUSED)
        return None if fact is None else load_text(fact)

    @property
    def is_running(self) -> bool:
        """Whether a process runs the job now: by its lock on any machine, on this one even if the lock file was deleted."""
        process, lock = JobProcess.of(self.fact), ProcessLock(lock_path(self._path))
        try:
            if lock.is_held():
                return True
            lock_id = lock.file_id
        except OSError:  # without a lock file no job can begin
            lock_id = None
        return process is not None and process.has_job(lock_id)

    @property
    def process(self) -> JobProcess | None:
        """The process that runs the job now."""
        return JobProcess.of(self.fact) if self.is_running else None

    def counts(self) -> JobCounts:
        """How many units the job has, and how far they are."""
        counted = self._count("SELECT name, running, COUNT(*) FROM units WHERE key IN (SELECT unit FROM tasks) GROUP BY 1, 2")
        skipped = self._db.execute("SELECT COUNT(*) FROM tasks WHERE unit IS NULL").fetchone()[0]
        return JobCounts(
            total=counted.total(),
            done=counted["done"],
            failed=counted["failed"],
            skipped=skipped,
            running=counted["running"],
            waiting=counted["waiting"],
        )

    def states(self) -> dict[ResultState, int]:
        """How many tasks are in each state; several tasks may have the same unit."""
        counted = self._count("SELECT name, running, COUNT(*) FROM tasks JOIN units ON key = unit GROUP BY 1, 2")
        counted["skipped"] = self._db.execute("SELECT COUNT(*) FROM tasks WHERE unit IS NULL").fetchone()[0]
        return {state: count for state, count in counted.items() if count}

    def _count(self, statement: str) -> Counter[ResultState]:
        counted = Counter[ResultState]()
        for name, running, count in self._db.execute(statement):
            counted[UnitState(name=name, running=bool(running)).standing] += count
        return counted

    def questions(self) -> tuple[str, ...]:
        """The headings of the questions, each once."""
        tasks = (load_task(row[0]) for row in self._db.execute("SELECT task FROM tasks ORDER BY number"))
        return tuple(dict.fromkeys(task.question.heading for task in tasks))

    def known_units(self) -> dict[str, UnitState]:
        """The state of each unit, by its key."""
        rows = self._db.execute("SELECT key, name, running, state FROM units")
        return {row["key"]: load_state(row["name"], row["running"], row["state"]) for row in rows}

    def known_files(self) -> dict[str, FileVersion]:
        """Each file that was read, by its path."""
        return known_files(self._db)

    def uploaded_digests(self) -> set[str]:
        """The digests of the files that the server has."""
        return uploaded_digests(self._db)

    def rows(self) -> Iterator[ResultRow]:
        """The result of each task, in the order of the tasks."""
        return map(_row, self._db.execute(_ROWS))


def _empty() -> sqlite3.Connection:
    empty = sqlite3.connect(":memory:")
    for script in MIGRATIONS:
        empty.executescript(script)
    return empty


def _row(row: sqlite3.Row) -> ResultRow:
    task = load_task(row["task"])
    if row["key"] is None:
        return ResultRow(number=row["number"], task=task, state="skipped", error=load_text(row["reason"]))
    state = load_state(row["name"], row["running"], row["state"])
    found = ResultRow(
        number=row["number"],
        task=task,
        state=state.standing,
        parsed=None if row["fields"] is None else json.loads(row["fields"]),
        raw_text=row["raw_text"],
        attempts=state.attempt,
        seconds=row["seconds"],
        finished_at=None if row["ended_at"] is None else datetime.fromtimestamp(row["ended_at"], UTC),
    )
    if state.name == "done":
        return attrs.evolve(found, answer=Answer.from_dict(json.loads(row["answer"])))
    return attrs.evolve(found, error=state.problem, error_type=state.problem_type)
