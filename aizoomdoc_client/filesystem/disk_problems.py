"""Why the disk refuses: what an error of the system or of SQLite means, told apart in this one place."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from enum import Enum

from ..catalog import LocalizedText, text


class DiskProblem(Enum):
    """What is wrong with a file or with the disk that it is on."""

    FULL = "full"
    REFUSED = "refused"
    """The disk has an error, or cannot be written."""
    BUSY = "busy"
    """Another program holds the database."""
    DAMAGED = "damaged"
    """The database is corrupt, or is none."""

    @property
    def reason(self) -> LocalizedText:
        """The problem as the reason of a sentence about the file."""
        match self:
            case DiskProblem.FULL:
                return text("errno_ENOSPC")
            case DiskProblem.REFUSED:
                return text("errno_EIO")
            case DiskProblem.BUSY:
                return text("file_locked")
            case DiskProblem.DAMAGED:
                return text("file_damaged")


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


def disk_problem(error: Exception) -> DiskProblem | None:
    """The problem that an `OSError` or an `sqlite3.Error` tells of; None for every other error."""
    if isinstance(error, sqlite3.Error):
        code: int = getattr(error, "sqlite_errorcode", None) or 0  # missing where Python itself raised it
        return _BY_SQLITE_CODE.get(code & 0xFF)  # the other bytes tell details
    return _BY_ERRNO.get(error.errno or 0) if isinstance(error, OSError) else None
