"""Users and their settings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import attrs

from ...models import Settings, User
from . import moments
from .digests import digest

DEFAULTS = Settings(
    model_profile="simple", temperature=1.0, top_p=0.95, thinking_enabled=False, thinking_budget=0, media_resolution="medium"
)


def _user(row: sqlite3.Row) -> User:
    return User(id=row["id"], username=row["username"], status=row["status"], created_at=moments.read(row["created_at"]))


def admit(db: sqlite3.Connection, tokens: Iterable[str]) -> None:
    """Lets in exactly those who have one of `tokens`: known ones keep their user, new ones get the next free name."""
    db.execute("UPDATE users SET status = 'inactive'")
    for token in tokens:
        if not db.execute("UPDATE users SET status = 'active' WHERE token_digest = ?", (digest(token),)).rowcount:
            number = db.execute("SELECT count(*) + 1 FROM users").fetchone()[0]
            db.execute(
                "INSERT INTO users VALUES (?, ?, ?, 'active', '{}', ?)",
                (str(uuid4()), f"user{number}", digest(token), moments.written(moments.now())),
            )


def by_token(db: sqlite3.Connection, token: str) -> User | None:
    """The user whose static token this is, active or not."""
    row = db.execute("SELECT * FROM users WHERE token_digest = ?", (digest(token),)).fetchone()
    return _user(row) if row else None


def by_id(db: sqlite3.Connection, user_id: str) -> User | None:
    """The user of that id, active or not."""
    row = db.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    return _user(row) if row else None


def settings(db: sqlite3.Connection, user_id: str) -> Settings:
    """The user's settings in force."""
    kept: dict[str, Any] = json.loads(db.execute("SELECT settings FROM users WHERE id = ?", (user_id,)).fetchone()[0])
    return attrs.evolve(DEFAULTS, **kept)


def change_settings(db: sqlite3.Connection, user_id: str, changes: Mapping[str, Any]) -> Settings:
    """The settings after `changes`; a None gives a field its default back."""
    kept: dict[str, Any] = json.loads(db.execute("SELECT settings FROM users WHERE id = ?", (user_id,)).fetchone()[0])
    kept.update(changes)
    kept = {name: value for name, value in kept.items() if value is not None}
    db.execute("UPDATE users SET settings = ? WHERE id = ?", (json.dumps(kept), user_id))
    return attrs.evolve(DEFAULTS, **kept)
