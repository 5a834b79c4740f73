"""Why the disk refuses: what an error of the system or of SQLite means, told apart in this one place."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from enum import Enum

from ..catalog import LocalizedText, system_reason, text


class DiskProblem(Enum):
    """What is wrong with a file or with the disk that it is on."""

    FULL = "full"
    REFUSED = "refused"
    """The disk has an error, or cannot be written."""
    BUSY = "busy"
    """Another program holds the database."""
    DAMAGED = "damaged"
    """The database is corrupt, or is none."""


_BY_ERRNO: Mapping[int, DiskProblem] = {
    errno.ENOSPC: DiskProblem.FULL,
    getattr(errno, "EDQUOT", errno.ENOSPC): DiskProblem.FULL,
    errno.EIO: DiskProblem.REFUSED,
    errno.EROFS: DiskProblem.REFUSED,
    errno.EFBIG: DiskProblem.REFUSED,
}
_BY_SQLITE_CODE: Mapping[int, DiskProblem] = {
    sqlite3.SQLITE_FULL: DiskProblem.FULL,
    sqlite3.SQLITE_IOERR: DiskProblem.REFUSED,
    sqlite3.SQLITE_READONLY: DiskProblem.REFUSED,
    sqlite3.SQLITE_BUSY: DiskProblem.BUSY,
    sqlite3.SQLITE_CORRUPT: DiskProblem.DAMAGED,
    sqlite3.SQLITE_NOTADB: DiskProblem.DAMAGED,
}
_SQLITE_REASONS: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: "errno_ENOSPC",
    sqlite3.SQLITE_IOERR: "errno_EIO",
    sqlite3.SQLITE_READONLY: "file_read_only",
    sqlite3.SQLITE_READONLY_DBMOVED: "file_moved",
    sqlite3.SQLITE_BUSY: "file_locked",
    sqlite3.SQLITE_CANTOPEN: "file_not_opened",
    sqlite3.SQLITE_CORRUPT: "file_damaged",
    sqlite3.SQLITE_NOTADB: "file_no_database",
}


def disk_problem(error: Exception) -> DiskProblem | None:
    """The problem that an `OSError` or an `sqlite3.Error` tells of; None for every other error."""
    if isinstance(error, sqlite3.Error):
        return _BY_SQLITE_CODE.get(_primary_code(error))
    return _BY_ERRNO.get(error.errno or 0) if isinstance(error, OSError) else None


def disk_reason(error: OSError | sqlite3.Error) -> LocalizedText | str:
    """Why the system or SQLite refused, in words that can be translated; what is not known stays as they say it."""
    if isinstance(error, OSError):
        return system_reason(error)
    reason = _SQLITE_REASONS.get(_sqlite_code(error)) or _SQLITE_REASONS.get(_primary_code(error))
    return str(error) if reason is None else text(reason)


def _sqlite_code(error: sqlite3.Error) -> int:
    code: int | None = getattr(error, "sqlite_errorcode", None)  # missing where Python itself raised it
    return code or 0


def _primary_code(error: sqlite3.Error) -> int:
    return _sqlite_code(error) & 0xFF  # the other bytes tell details
