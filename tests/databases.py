"""SQLite files that another program holds, or that are damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest


@contextmanager
def held(path: Path) -> Generator[None]:
    """Another connection writes to the database inside of the block, as another program may."""
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite gives up a held database at once, not after five seconds."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))


def damage(path: Path) -> None:
    """Overwrites all pages of the database but the first, which has the tables' names."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
