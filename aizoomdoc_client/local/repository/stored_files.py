"""Uploaded files; their bytes are files of the data folder."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from uuid import uuid4

import attrs

from ...models import User
from ..request_errors import RequestError
from .schema import time_from, time_text, utc_now

_URI_PREFIX = "local-file:"


@attrs.frozen(kw_only=True)
class StoredFile:
    """An uploaded file; `source_type` names its endpoint: ``upload`` or ``llm_upload``."""

    id: str
    filename: str
    mime_type: str
    size_bytes: int
    source_type: str
    created_at: datetime

    @property
    def storage_path(self) -> str:
        """The path of its bytes, relative to the data folder."""
        return f"files/{self.id}"

    @property
    def uri(self) -> str:
        """The URI of the file in `google_files` of a question."""
        return _URI_PREFIX + self.id


def _file(row: sqlite3.Row) -> StoredFile:
    return StoredFile(
        id=row["id"],
        filename=row["filename"],
        mime_type=row["mime_type"],
        size_bytes=row["size_bytes"],
        source_type=row["source_type"],
        created_at=time_from(row["created_at"]),
    )


def new(filename: str, mime_type: str, size_bytes: int, source_type: str) -> StoredFile:
    """A file with a new id, not yet in the database."""
    return StoredFile(
        id=str(uuid4()),
        filename=filename,
        mime_type=mime_type,
        size_bytes=size_bytes,
        source_type=source_type,
        created_at=utc_now(),
    )


def add(db: sqlite3.Connection, user: User, file: StoredFile) -> None:
    """Stores the file as one of the user."""
    db.execute(
        "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            file.id,
            user.id,
            file.filename,
            file.mime_type,
            file.size_bytes,
            file.source_type,
            time_text(file.created_at),
        ),
    )


def owned(db: sqlite3.Connection, user: User, file_id: str) -> StoredFile:
    """The user's file. Raises `RequestError` 404 where there is none, 403 where it is another user's."""
    row = db.execute("SELECT * FROM files WHERE id = ?", (file_id,)).fetchone()
    if row is None:
        raise RequestError(404, f"File {file_id} not found")
    if row["user_id"] != user.id:
        raise RequestError(403, "Access denied")
    return _file(row)


def by_uri(db: sqlite3.Connection, user: User, uri: str) -> StoredFile:
    """The user's file of that URI; raises `RequestError` as `owned` does, 404 for a URI that this server did not make."""
    if not uri.startswith(_URI_PREFIX):
        raise RequestError(
            404, f"File {uri[:200]} not found: this server knows only URIs that its /files/upload-for-llm gave out"
        )
    return owned(db, user, uri.removeprefix(_URI_PREFIX))


def of_user(db: sqlite3.Connection, user: User) -> list[StoredFile]:
    """All files of the user, oldest first."""
    rows = db.execute("SELECT * FROM files WHERE user_id = ? ORDER BY rowid", (user.id,)).fetchall()
    return [_file(row) for row in rows]


def unattached(db: sqlite3.Connection, user: User) -> list[StoredFile]:
    """The user's files that no message has, oldest first, without those uploaded for a model, which streams attach instead."""
    rows = db.execute(
        "SELECT * FROM files WHERE user_id = :user AND source_type = 'upload' AND id NOT IN ("
        " SELECT value FROM chats JOIN messages ON messages.chat_id = chats.id, json_each(messages.file_ids)"
        " WHERE chats.user_id = :user) ORDER BY rowid",
        {"user": user.id},
    ).fetchall()
    return [_file(row) for row in rows]
