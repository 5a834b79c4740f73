"""Errors of a full, read-only or damaged disk, as responses to requests and as the reason in ``/health``."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from ..catalog import LocalizedText
from ..filesystem.disk_problems import DiskProblem, disk_problem, disk_reason
from .request_errors import RequestError

_REPLIES: Mapping[DiskProblem, tuple[int, str]] = {
    DiskProblem.FULL: (507, "The server's disk is full"),
    DiskProblem.REFUSED: (507, "The server cannot write to its disk"),
    DiskProblem.BUSY: (503, "Another program holds the server's database"),
    DiskProblem.DAMAGED: (500, "The server's database is damaged"),
}
_RETRY_SECONDS = 5
_PROBE = bytes(64 * 1024)  # a file that must fit on the disk
_LEAST_FREE = 512 * 1024  # bytes


class StorageError(RequestError):
    """The disk refused a write; nothing of the request is stored. A 507, or the `error` event of an answer.

    While another program holds the database it is a 503 with ``Retry-After``, after which clients send the request again; where
    the database is damaged, a 500.
    """

    def __init__(self, problem: DiskProblem, reason: LocalizedText | str) -> None:
        status, message = _REPLIES[problem]
        super().__init__(status, message, headers={"Retry-After": str(_RETRY_SECONDS)} if problem is DiskProblem.BUSY else None)
        self.problem = problem
        self.reason = reason
        """Why, as a part of a sentence about a file, in each language."""


def storage_error(error: OSError | sqlite3.Error) -> StorageError | None:
    """The error to raise for one of a system call or of SQLite; None where the disk is not its cause."""
    problem = disk_problem(error)
    return None if problem is None else StorageError(problem, disk_reason(error))


def storage_problem(folder: Path) -> str | None:
    """Why nothing can be stored in the folder at present; None where a small file can be written. Blocks."""
    probe = folder / f"probe-{uuid4()}"
    try:
        if shutil.disk_usage(folder).free < _LEAST_FREE:
            return _REPLIES[DiskProblem.FULL][1]
        try:
            probe.write_bytes(_PROBE)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        return _REPLIES[disk_problem(error) or DiskProblem.REFUSED][1]
    return None
