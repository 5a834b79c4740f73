"""An SQLite file that a thread of its own reads and writes, so that the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from ..catalog import text
from ..exceptions import ConfigurationError
from .disk_problems import disk_reason

P = ParamSpec("P")
T = TypeVar("T")

Refused = Callable[[sqlite3.Error], Exception | None]
"""What to raise instead of an error of SQLite; None where it is to be raised itself."""


class Database:
    """One SQLite file with one connection and one thread; each call of `run` is a transaction.

    When `run` returns, the change is on disk (WAL, ``synchronous=FULL``). With `durable` False, for data that can be made again,
    it survives a crash of the process, but not always one of the machine, nor that the file is moved or deleted meanwhile.
    `refused` tells what is raised where SQLite refuses.
    """

    def __init__(self, path: Path, migrations: tuple[str, ...], *, refused: Refused, durable: bool = True) -> None:
        self._path = path
        self._migrations = migrations
        self._durable = durable
        self._refused = refused
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"aizoomdoc-{path.stem}")
        self._connection: sqlite3.Connection | None = None
        self._real_path = path  # once it is opened, as SQLite has it: absolute and without links
        self._inode: int | None = None  # of the file, once it is opened
        self._closed = False

    async def open(self) -> None:
        """Opens the file and brings it to the newest schema.

        Raises `ConfigurationError` when it is no database, cannot be written, is held by another program, or was made by a newer
        version.
        """
        await asyncio.get_running_loop().run_in_executor(self._worker, self._open)

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, *args)`, called in a transaction that an exception rolls back.

        Raises what `refused` tells where SQLite refuses, as on a full disk, and where the file was moved or deleted since `open`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: self._transact(work, *args, **kwargs))

    async def checkpoint(self) -> None:
        """Copies the log into the file, as far as no other connection needs it: until then the file alone has nothing of it."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._checkpoint)

    async def close(self) -> None:
        """Closes the file after the calls before; a second call does nothing."""
        if not self._closed:
            self._closed = True
            await asyncio.get_running_loop().run_in_executor(self._worker, self._close)
            self._worker.shutdown()

    def _open(self) -> None:
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own files take their mode from this one
            self._connection = connection = sqlite3.connect(self._path, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys=ON")
            self._real_path = Path(os.path.realpath(self._path))
            self._inode = self._real_path.stat().st_ino
            self._migrate(connection)
        except (sqlite3.Error, OSError) as error:
            self._close()
            raise ConfigurationError(text("database_unusable", path=self._path, reason=disk_reason(error))) from error
        except ConfigurationError:
            self._close()
            raise

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(self._migrations):
            raise ConfigurationError(text("database_newer", path=self._path))
        for number, script in enumerate(self._migrations[version:], start=version + 1):
            connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")

    def _transact(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection = self._connection
        if connection is None:
            raise sqlite3.ProgrammingError("the database is closed")
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work(connection, *args, **kwargs)
            if self._durable:
                self._check_in_place()
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:  # on a full disk SQLite may have rolled it back itself
                connection.execute("ROLLBACK")
            refused = self._refused(error) if isinstance(error, sqlite3.Error) else None
            if refused is not None:
                raise refused from error
            raise
        return result

    def _check_in_place(self) -> None:
        """Raises what SQLite itself raises, with another journal mode, where the file was moved or deleted since it was opened.

        With a write-ahead log it would write on, and what it wrote would be lost.
        """
        if not self._is_in_place():
            error = sqlite3.OperationalError("the database file was moved or deleted")
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
            raise error

    def _is_in_place(self) -> bool:
        try:
            return self._real_path.stat().st_ino == self._inode
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # SQLite itself tells what is wrong with the disk
            return True

    def _checkpoint(self) -> None:
        assert self._connection is not None
        with contextlib.suppress(sqlite3.Error):  # as of a full disk; the log has it still
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _close(self) -> None:
        if self._connection is not None:
            # A file in its place gets the log by closing. One that was not opened, as another program holds it, has none of ours.
            if self._inode is not None and not self._is_in_place():
                self._checkpoint()
            self._connection.close()
            self._connection = None
