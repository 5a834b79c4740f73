"""Users, their settings, and the refresh tokens of their logins.

A refresh token is random and can be used once; all of one login have the same `session`.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import attrs

from ...models import Settings, User
from ..request_errors import RequestError
from .schema import digest, time_from, time_text, utc_now

REFRESH_TOKEN_SECONDS = 30 * 24 * 3600
DEFAULTS = Settings(
    model_profile="simple", temperature=1.0, top_p=0.95, thinking_enabled=False, thinking_budget=0, media_resolution="medium"
)


def _user(row: sqlite3.Row) -> User:
    return User(id=row["id"], username=row["username"], status=row["status"], created_at=time_from(row["created_at"]))


def activate(db: sqlite3.Connection, tokens: Iterable[str]) -> None:
    """Makes the users of `tokens` the active ones; a token without a user gets a new one under the next free name."""
    db.execute("UPDATE users SET status = 'inactive'")
    for token in tokens:
        if not db.execute("UPDATE users SET status = 'active' WHERE token_digest = ?", (digest(token),)).rowcount:
            number = db.execute("SELECT count(*) + 1 FROM users").fetchone()[0]
            db.execute(
                "INSERT INTO users VALUES (?, ?, ?, 'active', '{}', ?)",
                (str(uuid4()), f"user{number}", digest(token), time_text(utc_now())),
            )


def by_token(db: sqlite3.Connection, token: str) -> User | None:
    """The user whose static token this is, active or not.

    It is compared with all of them, each in constant time. The time of a lookup by index depends on how many leading characters
    of the digest match; from these a token chosen by a person could be found offline. Refresh tokens are random, so this attack
    does not work for them.
    """
    given, found = digest(token), None
    for row in db.execute("SELECT * FROM users"):
        if hmac.compare_digest(row["token_digest"], given):
            found = row
    return _user(found) if found else None


def by_id(db: sqlite3.Connection, user_id: str) -> User | None:
    """The user of that id, active or not."""
    row = db.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    return _user(row) if row else None


def settings(db: sqlite3.Connection, user_id: str) -> Settings:
    """The user's settings, with defaults for those that are not set."""
    return attrs.evolve(DEFAULTS, **_stored_settings(db, user_id))


def change_settings(db: sqlite3.Connection, user_id: str, changes: dict[str, Any]) -> Settings:
    """Stores `changes` and returns the settings; None resets a field to its default."""
    stored = {name: value for name, value in (_stored_settings(db, user_id) | changes).items() if value is not None}
    db.execute("UPDATE users SET settings = ? WHERE id = ?", (json.dumps(stored), user_id))
    return attrs.evolve(DEFAULTS, **stored)


def _stored_settings(db: sqlite3.Connection, user_id: str) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(db.execute("SELECT settings FROM users WHERE id = ?", (user_id,)).fetchone()[0])
    return stored


def issue_refresh_token(db: sqlite3.Connection, user: User, session: str) -> str:
    """A new refresh token of the login `session`; those that have expired are deleted."""
    db.execute("DELETE FROM refresh_tokens WHERE expires_at < ?", (time_text(utc_now()),))
    token = secrets.token_urlsafe(32)
    expiry = time_text(utc_now() + timedelta(seconds=REFRESH_TOKEN_SECONDS))
    db.execute("INSERT INTO refresh_tokens VALUES (?, ?, ?, ?)", (digest(token), user.id, session, expiry))
    return token


def redeem_refresh_token(db: sqlite3.Connection, token: str) -> tuple[User, str]:
    """The user and the login of a refresh token, which is deleted. Raises `RequestError` 401 where it is not valid."""
    row = db.execute(
        "SELECT user_id, session FROM refresh_tokens WHERE digest = ? AND expires_at >= ?",
        (digest(token), time_text(utc_now())),
    ).fetchone()
    revoke_refresh_tokens(db, token=token)
    user = by_id(db, row["user_id"]) if row else None
    if row is None or user is None or user.status != "active":
        raise RequestError(401, "Invalid refresh token")
    return user, row["session"]


def revoke_refresh_tokens(db: sqlite3.Connection, *, token: str | None = None, session: str | None = None) -> None:
    """Deletes the refresh token `token`, and all of the login `session`."""
    if token is not None:
        db.execute("DELETE FROM refresh_tokens WHERE digest = ?", (digest(token),))
    if session is not None:
        db.execute("DELETE FROM refresh_tokens WHERE session = ?", (session,))
