"""Refresh tokens: random, kept as fingerprints, good for one use each; all of one login share its `session`."""

from __future__ import annotations

import secrets
import sqlite3

from ...models import User
from ..failures import Failure
from . import moments, users
from .digests import digest

LIFE_SECONDS = 30 * 24 * 3600


def issue(db: sqlite3.Connection, user: User, session: str) -> str:
    """A new refresh token of that login."""
    db.execute("DELETE FROM refresh_tokens WHERE expires_at < ?", (moments.written(moments.now()),))
    token = secrets.token_urlsafe(32)
    expiry = moments.written(moments.from_now(LIFE_SECONDS))
    db.execute("INSERT INTO refresh_tokens VALUES (?, ?, ?, ?)", (digest(token), user.id, session, expiry))
    return token


def redeem(db: sqlite3.Connection, token: str) -> tuple[User, str]:
    """The user and login of a refresh token, which is used up by that. Raises `Failure` 401 where it is not valid."""
    row = db.execute(
        "SELECT user_id, session FROM refresh_tokens WHERE digest = ? AND expires_at >= ?",
        (digest(token), moments.written(moments.now())),
    ).fetchone()
    end(db, token=token)
    user = users.by_id(db, row["user_id"]) if row else None
    if row is None or user is None or user.status != "active":
        raise Failure(401, "Invalid refresh token")
    return user, row["session"]


def end(db: sqlite3.Connection, *, token: str | None = None, session: str | None = None) -> None:
    """Makes the refresh token, or all of the login `session`, worthless."""
    if token is not None:
        db.execute("DELETE FROM refresh_tokens WHERE digest = ?", (digest(token),))
    if session is not None:
        db.execute("DELETE FROM refresh_tokens WHERE session = ?", (session,))
