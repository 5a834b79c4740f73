"""The file of a journal: its checks, its lock file, and a connection that only reads."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ..catalog import text
from ..exceptions import ConfigurationError
from ..filesystem.disk_problems import DiskProblem, disk_problem, disk_reason
from .journal_schema import APPLICATION_ID, MIGRATIONS

__all__ = ["check_single_name", "has_journal", "journal_error", "lock_path", "read_only"]


def lock_path(path: Path) -> Path:
    """The lock file of a journal, the same for every symbolic link to it."""
    real = _real_path(path)
    return real.with_name(real.name + ".lock")


def check_single_name(path: Path) -> None:
    """Raises `ConfigurationError` where the file has other names (hard links).

    SQLite writes its log into a file beside the name that was opened, so a run under another name would not see these writes.
    """
    if path.is_file() and path.stat().st_nlink > 1:
        raise ConfigurationError(text("journal_has_links", path=path))


def read_only(path: Path) -> sqlite3.Connection:
    """A connection to the journal at `path` that writes nothing.

    SQLite creates a file beside the journal in order to read it; where it cannot, no process can write the journal either.
    """
    path = _real_path(path)  # SQLite creates that file beside the real path
    address = f"{path.as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        unwritten = path.with_name(path.name + "-wal")
        if os.access(path.parent, os.W_OK) or (unwritten.exists() and unwritten.stat().st_size):
            raise
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def has_journal(path: Path) -> bool:
    """Whether there is a journal at `path`: no file, or an empty one, as of a run that was killed while it made it, is none.

    Raises `ConfigurationError` for a file of another kind, and for a journal that is damaged, of a newer version, or cannot be
    read. Blocks.
    """
    if not path.exists():
        return False
    if not path.is_file():
        raise ConfigurationError(text("not_a_journal", path=path))
    if path.stat().st_size == 0:
        return False
    try:
        connection = read_only(path)
        try:
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            is_empty = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if kind == APPLICATION_ID else "ok"
        finally:
            connection.close()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise ConfigurationError(text("not_a_journal", path=path)) from None
        raise journal_error(path, error) from None
    if is_empty:
        return False
    if kind != APPLICATION_ID:
        raise ConfigurationError(text("not_a_journal", path=path))
    if version > len(MIGRATIONS):
        raise ConfigurationError(text("database_newer", path=path))
    if problem != "ok":
        raise ConfigurationError(text("journal_damaged", path=path, reason=str(problem)))
    return True


def journal_error(path: Path, error: sqlite3.Error) -> ConfigurationError:
    """The error for a journal that SQLite refuses."""
    if disk_problem(error) is DiskProblem.DAMAGED:
        return ConfigurationError(text("journal_damaged", path=path, reason=str(error)))
    return ConfigurationError(text("database_unusable", path=path, reason=disk_reason(error)))


def _real_path(path: Path) -> Path:
    """What `Path.resolve` returns, also where a link leads to itself: that is a RuntimeError there before Python 3.13."""
    return Path(os.path.realpath(path))
