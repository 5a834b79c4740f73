"""What the disk refuses: a full or read-only disk is told to whoever sent the request, and by ``/health``."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path
from uuid import uuid4

from ..catalog import LocalizedText, errno_reason
from .request_errors import RequestError

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EIO, errno.EROFS, errno.EFBIG}
_SQLITE_REFUSED = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
_PROBE = bytes(64 * 1024)
_LEAST_FREE = 512 * 1024


class StorageError(RequestError):
    """The disk refused a write; nothing of the request is stored. A 507, or the `error` event of an answer.

    `is_full` tells a full disk from one that cannot be written for another reason.
    """

    def __init__(self, *, is_full: bool) -> None:
        super().__init__(507, "The server's disk is full" if is_full else "The server cannot write to its disk")
        self.is_full = is_full

    @property
    def reason(self) -> LocalizedText | str:
        """The same in words that can be translated."""
        return errno_reason(errno.ENOSPC if self.is_full else errno.EIO) or self.message


def storage_error(error: Exception) -> StorageError | None:
    """What to raise instead of the error of a system call or of SQLite; None where it does not come from the disk."""
    if isinstance(error, sqlite3.Error):
        primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF  # the other bytes tell details
        is_full, is_refused = primary == sqlite3.SQLITE_FULL, primary in _SQLITE_REFUSED
    else:
        number = error.errno if isinstance(error, OSError) else None
        is_full, is_refused = number in _FULL, number in _REFUSED
    return StorageError(is_full=is_full) if is_full or is_refused else None


def storage_problem(folder: Path) -> str | None:
    """Why nothing can be stored in the folder at present; None where a small file can be written. Blocks."""
    probe = folder / f"probe-{uuid4()}"
    try:
        if shutil.disk_usage(folder).free < _LEAST_FREE:
            return StorageError(is_full=True).message
        try:
            probe.write_bytes(_PROBE)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        return (storage_error(error) or StorageError(is_full=False)).message
    return None
