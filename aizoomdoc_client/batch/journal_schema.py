"""The tables of a journal, one script a version; a file of an older version is brought to the newest."""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "MIGRATIONS"]

APPLICATION_ID = 0x41495A42
"""Marks an SQLite file as the journal of a job ("AIZB")."""

MIGRATIONS: tuple[str, ...] = (
    f"""
    PRAGMA application_id={APPLICATION_ID};
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
    CREATE TABLE files (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, inode INTEGER NOT NULL, digest TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE uploads (digest TEXT PRIMARY KEY, state TEXT NOT NULL, file TEXT, uploaded_at REAL) WITHOUT ROWID;
    CREATE TABLE units (
        key TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        running INTEGER NOT NULL,
        state TEXT NOT NULL,
        seconds REAL,
        ended_at REAL,
        answer TEXT,
        fields TEXT,
        raw_text TEXT
    );
    CREATE TABLE tasks (number INTEGER PRIMARY KEY, unit TEXT, task TEXT NOT NULL, problem TEXT);
    CREATE INDEX tasks_by_unit ON tasks (unit);
    """,
)
"""`units.state` is the state as JSON, but for `name` and `running`, which are asked for by themselves. Of a task without a unit
`problem` tells why it cannot be asked, as a file that is missing."""
