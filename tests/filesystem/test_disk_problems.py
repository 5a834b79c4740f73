"""What errors of the system and of SQLite mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aizoomdoc_client.filesystem.disk_problems import DiskProblem, disk_problem
from tests.databases import held, impatient

__all__ = ["impatient"]


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.ENOSPC, DiskProblem.FULL),
        (errno.EDQUOT, DiskProblem.FULL),
        (errno.EROFS, DiskProblem.REFUSED),
        (errno.EIO, DiskProblem.REFUSED),
        (errno.EFBIG, DiskProblem.REFUSED),
        (errno.ENOENT, None),
        (errno.ECONNRESET, None),
    ],
)
def test_an_error_of_the_system_is_told_by_its_number(number: int, problem: DiskProblem | None) -> None:
    """Others are no problem of the disk."""
    assert problem == disk_problem(OSError(number, os.strerror(number)))


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (sqlite3.SQLITE_FULL, DiskProblem.FULL),
        (sqlite3.SQLITE_IOERR_FSYNC, DiskProblem.REFUSED),
        (sqlite3.SQLITE_READONLY_DBMOVED, DiskProblem.REFUSED),
        (sqlite3.SQLITE_BUSY_RECOVERY, DiskProblem.BUSY),
        (sqlite3.SQLITE_CORRUPT_VTAB, DiskProblem.DAMAGED),
        (sqlite3.SQLITE_NOTADB, DiskProblem.DAMAGED),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
    ],
)
def test_an_error_of_sqlite_is_told_by_the_primary_code(code: int, problem: DiskProblem | None) -> None:
    """The extended one tells details only."""
    error = sqlite3.OperationalError("")
    error.sqlite_errorcode = code

    assert problem == disk_problem(error)


@pytest.mark.parametrize("error", [sqlite3.ProgrammingError("database or disk is full"), ValueError()])
def test_an_error_without_a_number_is_no_problem_of_the_disk(error: Exception) -> None:
    """Whatever its words are."""
    assert None is disk_problem(error)


def test_a_database_that_another_program_holds_is_busy(tmp_path: Path, impatient: None) -> None:
    """As SQLite itself says it."""
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path)) as db, held(path), pytest.raises(sqlite3.OperationalError) as raised:
        db.execute("BEGIN IMMEDIATE")

    assert DiskProblem.BUSY is disk_problem(raised.value)
