"""SQLite behind one thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.filesystem.database import Database
from aizoomdoc_client.filesystem.disk_problems import disk_reason
from tests.databases import held, impatient

__all__ = ["impatient"]

TABLE = ("CREATE TABLE numbers (number INTEGER)",)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "a.sqlite3", TABLE, refused=lambda _: None)
    await database.open()
    yield database
    await database.close()


def insert(db: sqlite3.Connection, number: int, *, fail: bool = False) -> str:
    db.execute("INSERT INTO numbers VALUES (?)", (number,))
    if fail:
        raise ValueError("no")
    return threading.current_thread().name


def numbers(db: sqlite3.Connection) -> list[int]:
    return [row[0] for row in db.execute("SELECT number FROM numbers ORDER BY number")]


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    """And the next one works."""
    with pytest.raises(ValueError, match="no"):
        await database.run(insert, 1, fail=True)
    await database.run(insert, 2)

    assert [2] == await database.run(numbers)


async def test_all_work_is_done_in_one_thread_that_is_not_the_loops(database: Database) -> None:
    """So that the loop never waits for the disk."""
    threads = set(await asyncio.gather(*(database.run(insert, number) for number in range(10))))

    assert ({"aizoomdoc-a_0"}, list(range(10))) == (threads, await database.run(numbers))


@pytest.mark.parametrize("becomes", ["nothing", "another name", "another file"])
async def test_a_file_that_was_moved_or_deleted_takes_no_more(database: Database, tmp_path: Path, becomes: str) -> None:
    """With its log SQLite would write on, into what nobody finds again; what it has until then stays in a file that was moved."""
    await database.run(insert, 1)
    path, moved = tmp_path / "a.sqlite3", tmp_path / "b.sqlite3"
    path.rename(moved)
    if becomes == "nothing":
        moved.unlink()
    if becomes == "another file":
        path.touch()
    with pytest.raises(sqlite3.OperationalError) as caught:
        await database.run(insert, 2)
    await database.close()

    assert text("file_moved") == disk_reason(caught.value)
    if becomes != "nothing":
        with contextlib.closing(sqlite3.connect(moved)) as db:
            assert [1] == numbers(db)


async def test_a_file_whose_folder_has_become_a_file_takes_no_more(tmp_path: Path) -> None:
    """A path through a file is another error of the system than one that leads nowhere."""
    folder = tmp_path / "folder"
    folder.mkdir()
    database = Database(folder / "a.sqlite3", TABLE, refused=lambda _: None)
    await database.open()
    folder.rename(tmp_path / "moved")
    folder.touch()
    with pytest.raises(sqlite3.OperationalError) as caught:
        await database.run(insert, 1)
    await database.close()

    assert text("file_moved") == disk_reason(caught.value)


async def test_a_file_that_cannot_be_looked_at_counts_as_in_its_place(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has it open, and tells what is wrong with the disk, if anything is."""

    def refuse(path: Path) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", refuse)
        await database.run(insert, 1)

    assert [1] == await database.run(numbers)


async def test_another_working_folder_and_another_target_of_a_link_move_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite keeps the file that the path led to when it was opened, as after ``%cd`` in a notebook."""
    monkeypatch.chdir(tmp_path)
    link, other = tmp_path / "latest.sqlite3", tmp_path / "other.sqlite3"
    link.symlink_to("a.sqlite3")
    database = Database(Path(link.name), TABLE, refused=lambda _: None)
    await database.open()
    link.unlink()
    other.touch()
    link.symlink_to(other)
    await database.run(insert, 1)
    monkeypatch.chdir(tmp_path.parent)
    await database.run(insert, 2)
    await database.close()

    with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite3")) as db:
        assert [1, 2] == numbers(db)


async def test_data_that_can_be_made_again_may_lose_its_file(tmp_path: Path) -> None:
    """As an index in a folder of caches that somebody empties: who uses it goes on."""
    path = tmp_path / "a.sqlite3"
    database = Database(path, TABLE, refused=lambda _: None, durable=False)
    await database.open()
    path.unlink()
    await database.run(insert, 1)

    assert [1] == await database.run(numbers)
    await database.close()


async def test_it_is_as_durable_as_sqlite_can_be(database: Database) -> None:
    """A write-ahead log, flushed with every transaction; its files are for their owner only."""

    def pragmas(db: sqlite3.Connection) -> list[object]:
        return [
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
        ]

    assert ["wal", 2, 1, 1] == await database.run(pragmas)


async def test_its_files_are_for_their_owner_only(database: Database, tmp_path: Path) -> None:
    """The log included."""
    await database.run(insert, 1)

    assert {0o600} == {entry.stat().st_mode & 0o777 for entry in os.scandir(tmp_path)}


async def test_an_older_schema_is_brought_up_to_date(database: Database, tmp_path: Path) -> None:
    """Only the scripts that are new run, and what was stored stays."""
    await database.run(insert, 1)
    await database.close()
    for _ in range(2):
        newer = Database(tmp_path / "a.sqlite3", (*TABLE, "INSERT INTO numbers VALUES (2)"), refused=lambda _: None)
        await newer.open()
        stored = await newer.run(numbers)
        await newer.close()

    assert [1, 2] == stored


async def test_a_database_that_another_program_holds_says_so_when_it_is_opened(tmp_path: Path, impatient: None) -> None:
    """In words that can be translated, not in SQLite's."""
    path = tmp_path / "a.sqlite3"
    with held(path), pytest.raises(ConfigurationError, match="another program has it locked"):
        await Database(path, TABLE, refused=lambda _: None).open()


async def test_a_database_that_another_program_holds_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    """It is given up after SQLite's five seconds; a copy of the log into the file would wait for as long again."""
    copied, path = list[Database](), tmp_path / "a.sqlite3"

    def copy(database: Database) -> None:
        copied.append(database)

    monkeypatch.setattr(Database, "_checkpoint", copy)
    with held(path), pytest.raises(ConfigurationError):
        await Database(path, TABLE, refused=lambda _: None).open()

    assert [] == copied


async def test_a_damaged_database_says_so_when_it_is_opened(database: Database, tmp_path: Path) -> None:
    """As one whose description of its tables cannot be read."""
    await database.run(lambda db: db.execute("PRAGMA writable_schema=ON"))
    await database.run(lambda db: db.execute("UPDATE sqlite_master SET sql='no table'"))
    await database.close()
    path = tmp_path / "a.sqlite3"
    with pytest.raises(ConfigurationError, match=f"The database {path} cannot be used: it is damaged"):
        await Database(path, TABLE, refused=lambda _: None).open()


async def test_a_file_that_is_no_database_is_named_in_the_language_of_the_reader(tmp_path: Path) -> None:
    """Nothing of the reason is SQLite's English."""
    path = tmp_path / "a.sqlite3"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigurationError) as raised:
        await Database(path, TABLE, refused=lambda _: None).open()

    assert f"база данных {path} не годится: это не база данных SQLite" == raised.value.text.render("ru")
