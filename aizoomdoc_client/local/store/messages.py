"""Messages and what was attached to them."""

from __future__ import annotations

import json
import sqlite3
from uuid import uuid4

import attrs

from ...models import Message
from ..failures import Failure
from . import moments


@attrs.frozen
class Attachments:
    """Ids of uploaded files and of project documents, and URIs of files uploaded for a model."""

    file_ids: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()
    file_uris: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.file_ids or self.document_ids or self.file_uris)

    def joined(self, other: Attachments) -> Attachments:
        """Both together, each thing once."""
        return Attachments(
            tuple(dict.fromkeys(self.file_ids + other.file_ids)),
            tuple(dict.fromkeys(self.document_ids + other.document_ids)),
            tuple(dict.fromkeys(self.file_uris + other.file_uris)),
        )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=row["id"],
        chat_id=row["chat_id"],
        role=row["role"],
        content=row["content"],
        created_at=moments.read(row["created_at"]),
        attached_file_ids=tuple(json.loads(row["file_ids"])),
    )


def _attachments(row: sqlite3.Row) -> Attachments:
    columns = ("file_ids", "document_ids", "file_uris")
    return Attachments(*(tuple(json.loads(row[column])) for column in columns))


def add(db: sqlite3.Connection, chat_id: str, role: str, content: str, attached: Attachments | None = None) -> Message:
    """A new message at the end of the chat. Raises `Failure` 404 where the chat is gone."""
    attached = attached or Attachments()
    lists = [json.dumps(ids) for ids in (attached.file_ids, attached.document_ids, attached.file_uris)]
    message_id = str(uuid4())
    try:
        db.execute(
            "INSERT INTO messages (id, chat_id, role, content, created_at, file_ids, document_ids, file_uris)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (message_id, chat_id, role, content, moments.written(moments.now()), *lists),
        )
    except sqlite3.IntegrityError:
        raise Failure(404, "Chat not found") from None
    return _message(db.execute("SELECT * FROM messages WHERE id = ?", (message_id,)).fetchone())


def oldest(db: sqlite3.Connection, chat_id: str, limit: int) -> tuple[Message, ...]:
    """The chat's first messages, oldest first."""
    rows = db.execute("SELECT * FROM messages WHERE chat_id = ? ORDER BY number LIMIT ?", (chat_id, limit)).fetchall()
    return tuple(_message(row) for row in rows)


def last(db: sqlite3.Connection, chat_id: str, limit: int) -> tuple[Message, ...]:
    """The chat's last messages, oldest first."""
    rows = db.execute("SELECT * FROM messages WHERE chat_id = ? ORDER BY number DESC LIMIT ?", (chat_id, limit)).fetchall()
    return tuple(_message(row) for row in reversed(rows))


def last_question(db: sqlite3.Connection, chat_id: str) -> tuple[Message, Attachments]:
    """The user's last message and what it attached, or, if nothing, all that the chat's earlier messages did.

    Raises `Failure` 404 where the user has said nothing yet.
    """
    rows = db.execute("SELECT * FROM messages WHERE chat_id = ? AND role = 'user' ORDER BY number DESC", (chat_id,)).fetchall()
    if not rows:
        raise Failure(404, "User message not found")
    attached = _attachments(rows[0])
    if not attached:
        for row in rows[1:]:
            attached = attached.joined(_attachments(row))
    return _message(rows[0]), attached
