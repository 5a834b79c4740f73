"""Chats."""

from __future__ import annotations

import sqlite3
from uuid import uuid4

from ...models import Chat, User
from ..failures import Failure
from . import moments

_SELECT = "SELECT chats.*, users.username FROM chats JOIN users ON users.id = chats.user_id"
UNTITLED = "Новый чат"


def _chat(row: sqlite3.Row) -> Chat:
    return Chat(
        id=row["id"],
        title=row["title"],
        description=row["description"],
        user_id=row["username"],
        created_at=moments.read(row["created_at"]),
        updated_at=moments.read(row["updated_at"]),
    )


def create(db: sqlite3.Connection, user: User, title: str | None, description: str | None) -> Chat:
    """A new chat of the user."""
    chat_id, moment = str(uuid4()), moments.written(moments.now())
    shown = (title or "").strip() or UNTITLED
    db.execute("INSERT INTO chats VALUES (?, ?, ?, ?, ?, ?)", (chat_id, user.id, shown, description, moment, moment))
    return owned(db, user, chat_id)


def owned(db: sqlite3.Connection, user: User, chat_id: str) -> Chat:
    """The user's chat. Raises `Failure` 404 where there is none, 403 where it is somebody else's."""
    row = db.execute(f"{_SELECT} WHERE chats.id = ?", (chat_id,)).fetchone()
    if row is None:
        raise Failure(404, "Chat not found")
    if row["user_id"] != user.id:
        raise Failure(403, "Access denied")
    return _chat(row)


def newest(db: sqlite3.Connection, user: User, limit: int) -> list[Chat]:
    """The user's chats, newest first."""
    rows = db.execute(
        f"{_SELECT} WHERE user_id = ? ORDER BY chats.updated_at DESC, chats.rowid DESC LIMIT ?", (user.id, limit)
    ).fetchall()
    return [_chat(row) for row in rows]


def delete(db: sqlite3.Connection, user: User, chat_id: str) -> None:
    """Deletes the user's chat with its messages; raises as `owned` does."""
    owned(db, user, chat_id)
    db.execute("DELETE FROM chats WHERE id = ?", (chat_id,))
