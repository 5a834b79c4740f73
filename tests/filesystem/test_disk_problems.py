"""What errors of the system and of SQLite mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.filesystem.disk_problems import DiskProblem, disk_problem, disk_reason
from tests.databases import damage, held, impatient

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


def write(path: Path, options: str = "") -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}{options}", uri=True)) as db:
        db.execute("PRAGMA max_page_count=20")
        db.execute("CREATE TABLE IF NOT EXISTS texts (text TEXT)")
        db.execute("INSERT INTO texts SELECT text || text FROM texts UNION ALL SELECT ?", ("a" * 20_000,))
        db.commit()


def write_twice(path: Path) -> None:
    write(path)
    write(path)


def write_only_to_read(path: Path) -> None:
    write(path)
    write(path, "?mode=ro")


def write_held(path: Path) -> None:
    with held(path):
        write(path)


def write_folder(path: Path) -> None:
    path.mkdir()
    write(path)


def write_damaged(path: Path) -> None:
    write(path)
    damage(path)
    write(path)


def write_other_file(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    write(path)


@pytest.mark.parametrize(
    ("use", "english", "russian"),
    [
        (write_twice, "No space left on device", "на диске нет места"),
        (write_only_to_read, "it can be read, but not written", "файл можно читать, но не изменять"),
        (write_held, "another program has it locked", "файл занят другой программой"),
        (
            write_folder,
            "it, or a file that SQLite makes beside it, cannot be opened",
            "не открывается сам файл или файл рядом с ним",
        ),
        (write_damaged, "it is damaged", "файл повреждён"),
        (write_other_file, "it is not an SQLite database", "это не база данных SQLite"),
    ],
)
def test_the_reasons_of_sqlite_can_be_translated(
    tmp_path: Path, impatient: None, use: Callable[[Path], None], english: str, russian: str
) -> None:
    """As SQLite itself tells them by their numbers."""
    with pytest.raises(sqlite3.Error) as raised:
        use(tmp_path / "a.sqlite3")
    reason = text("verbatim", text=disk_reason(raised.value))

    assert (english, russian) == (reason.render("en"), reason.render("ru"))


@pytest.mark.parametrize("error", [sqlite3.OperationalError("no such table: a"), OSError("odd")])
def test_a_reason_that_is_not_known_stays(error: sqlite3.Error | OSError) -> None:
    """As SQLite or the system says it."""
    assert str(error) == disk_reason(error)
