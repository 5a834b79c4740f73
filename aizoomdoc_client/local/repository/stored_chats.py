"""Chats, their messages, and the attachments of messages."""

from __future__ import annotations

import json
import sqlite3
from uuid import uuid4

import attrs

from ...answer_source import AnswerSource
from ...events import LLMFinal
from ...models import Chat, Message, User
from ..request_errors import RequestError
from .schema import time_from, time_text, utc_now

_SELECT = "SELECT chats.*, users.username FROM chats JOIN users ON users.id = chats.user_id"
UNTITLED = "Новый чат"


def _chat(row: sqlite3.Row) -> Chat:
    return Chat(
        id=row["id"],
        title=row["title"],
        description=row["description"],
        user_id=row["username"],
        created_at=time_from(row["created_at"]),
        updated_at=time_from(row["updated_at"]),
    )


def create(db: sqlite3.Connection, user: User, title: str | None, description: str | None) -> Chat:
    """A new chat of the user."""
    chat_id, moment = str(uuid4()), time_text(utc_now())
    shown = (title or "").strip() or UNTITLED
    db.execute("INSERT INTO chats VALUES (?, ?, ?, ?, ?, ?)", (chat_id, user.id, shown, description, moment, moment))
    return owned(db, user, chat_id)


def owned(db: sqlite3.Connection, user: User, chat_id: str) -> Chat:
    """The user's chat. Raises `RequestError` 404 where there is none, 403 where it is another user's."""
    row = db.execute(f"{_SELECT} WHERE chats.id = ?", (chat_id,)).fetchone()
    if row is None:
        raise RequestError(404, "Chat not found")
    if row["user_id"] != user.id:
        raise RequestError(403, "Access denied")
    return _chat(row)


def newest(db: sqlite3.Connection, user: User, limit: int) -> list[Chat]:
    """The user's chats, at most `limit`, newest first."""
    rows = db.execute(
        f"{_SELECT} WHERE user_id = ? ORDER BY chats.updated_at DESC, chats.rowid DESC LIMIT ?", (user.id, limit)
    ).fetchall()
    return [_chat(row) for row in rows]


def delete(db: sqlite3.Connection, user: User, chat_id: str) -> None:
    """Deletes the user's chat with its messages; raises as `owned` does."""
    owned(db, user, chat_id)
    db.execute("DELETE FROM chats WHERE id = ?", (chat_id,))


@attrs.frozen
class Attachments:
    """Ids of uploaded files and of project documents, and URIs of files uploaded for a model."""

    file_ids: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()
    file_uris: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.file_ids or self.document_ids or self.file_uris)

    def joined_with(self, other: Attachments) -> Attachments:
        """The attachments of both, each once."""
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
        created_at=time_from(row["created_at"]),
        attached_file_ids=tuple(json.loads(row["file_ids"])),
        sources=tuple(AnswerSource(**source) for source in json.loads(row["sources"])),
        grounding=row["grounding"],
        notes=tuple(json.loads(row["notes"])),
    )


def _attachments(row: sqlite3.Row) -> Attachments:
    columns = ("file_ids", "document_ids", "file_uris")
    return Attachments(*(tuple(json.loads(row[column])) for column in columns))


def add_message(db: sqlite3.Connection, chat_id: str, role: str, content: str, attached: Attachments | None = None) -> Message:
    """A new message at the end of the chat. Raises `RequestError` 404 where the chat was deleted."""
    attached = attached or Attachments()
    lists = [json.dumps(ids) for ids in (attached.file_ids, attached.document_ids, attached.file_uris)]
    message_id = str(uuid4())
    try:
        db.execute(
            "INSERT INTO messages (id, chat_id, role, content, created_at, file_ids, document_ids, file_uris)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (message_id, chat_id, role, content, time_text(utc_now()), *lists),
        )
    except sqlite3.IntegrityError:
        raise RequestError(404, "Chat not found") from None
    return _message(db.execute("SELECT * FROM messages WHERE id = ?", (message_id,)).fetchone())


def add_answer(db: sqlite3.Connection, chat_id: str, answer: LLMFinal) -> Message:
    """A new message of the assistant at the end of the chat, with what it rests on; raises as `add_message` does."""
    message = add_message(db, chat_id, "assistant", answer.content)
    lists = [json.dumps(each, ensure_ascii=False) for each in ([source.to_dict() for source in answer.sources], answer.notes)]
    db.execute("UPDATE messages SET sources = ?, notes = ?, grounding = ? WHERE id = ?", (*lists, answer.grounding, message.id))
    return attrs.evolve(message, sources=answer.sources, grounding=answer.grounding, notes=answer.notes)


def first_messages(db: sqlite3.Connection, chat_id: str, limit: int) -> tuple[Message, ...]:
    """The chat's first messages, oldest first."""
    rows = db.execute("SELECT * FROM messages WHERE chat_id = ? ORDER BY number LIMIT ?", (chat_id, limit)).fetchall()
    return tuple(_message(row) for row in rows)


def last_messages(db: sqlite3.Connection, chat_id: str, limit: int) -> tuple[Message, ...]:
    """The chat's last messages, oldest first."""
    rows = db.execute("SELECT * FROM messages WHERE chat_id = ? ORDER BY number DESC LIMIT ?", (chat_id, limit)).fetchall()
    return tuple(_message(row) for row in reversed(rows))


def last_question(db: sqlite3.Connection, chat_id: str) -> tuple[Message, Attachments]:
    """The user's last message and its attachments; where it has none, those of all earlier messages of the user in the chat.

    Raises `RequestError` 404 where the chat has no message of the user.
    """
    rows = db.execute("SELECT * FROM messages WHERE chat_id = ? AND role = 'user' ORDER BY number DESC", (chat_id,)).fetchall()
    if not rows:
        raise RequestError(404, "User message not found")
    attached = _attachments(rows[0])
    if not attached:
        for row in rows[1:]:
            attached = attached.joined_with(_attachments(row))
    return _message(rows[0]), attached
