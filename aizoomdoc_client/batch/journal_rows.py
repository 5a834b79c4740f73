"""Queries of a journal for both the job that writes it and readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["FileVersion", "fact_of", "known_files", "set_facts", "uploaded_digests"]


class FileVersion(NamedTuple):
    """A file as it was read: size in bytes and time of change in ns, by which a change is noticed, and its SHA-256."""

    path: str
    size: int
    modified: int
    inode: int
    digest: str


def fact_of(db: sqlite3.Connection, name: str) -> str | None:
    """The value stored under `name`."""
    row = db.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
    return None if row is None else row["value"]


def set_facts(db: sqlite3.Connection, facts: Mapping[str, str | None]) -> None:
    """Stores each value under its name, or removes it where it is None."""
    for name, value in facts.items():
        if value is None:
            db.execute("DELETE FROM facts WHERE name=?", (name,))
        else:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (name, value))


def known_files(db: sqlite3.Connection) -> dict[str, FileVersion]:
    """Each file that was read before, by its path."""
    return {row["path"]: FileVersion(*row) for row in db.execute("SELECT path, size, modified, inode, digest FROM files")}


def uploaded_digests(db: sqlite3.Connection) -> set[str]:
    """The digests of the files that the server has."""
    return {row["digest"] for row in db.execute("SELECT digest FROM uploads WHERE file IS NOT NULL")}
