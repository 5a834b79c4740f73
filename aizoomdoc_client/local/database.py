"""The local server's SQLite files."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from ..filesystem import database
from ..filesystem.disk_problems import DiskProblem
from .storage_errors import StorageError, storage_error

_logger = logging.getLogger("aizoomdoc_client.local")


class Database(database.Database):
    """A file of the local server's; `run` raises `StorageError` where the disk refuses, or another program holds the file."""

    def __init__(self, path: Path, migrations: tuple[str, ...], *, durable: bool = True) -> None:
        super().__init__(path, migrations, durable=durable, refused=self._storage_error)

    def _storage_error(self, error: sqlite3.Error) -> StorageError | None:
        refused = storage_error(error)
        if refused is not None and refused.problem is DiskProblem.DAMAGED:  # no client can mend it
            _logger.error("The database %s is damaged: %s", self._path, error)
        return refused
