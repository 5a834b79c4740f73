"""The local server's SQLite files."""

from __future__ import annotations

from pathlib import Path

from ..filesystem import database
from .storage_errors import storage_error


class Database(database.Database):
    """A file of the local server's; `run` raises `StorageError` where the disk is full or cannot be written."""

    def __init__(self, path: Path, migrations: tuple[str, ...], *, durable: bool = True) -> None:
        super().__init__(path, migrations, durable=durable, refused=storage_error)
