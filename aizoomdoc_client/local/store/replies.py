"""Replies that were given under an Idempotency-Key, to be given again."""

from __future__ import annotations

import sqlite3

import attrs

from . import moments

KEPT_SECONDS = 7 * 24 * 3600


@attrs.frozen
class Claim:
    """Who asks what under which key; `digest` is the fingerprint of the body."""

    user_id: str
    path: str
    key: str
    digest: str


@attrs.frozen
class Reply:
    """A reply as it went out, and the fingerprint of the body it answered."""

    digest: str
    status: int
    body: bytes


def find(db: sqlite3.Connection, claim: Claim) -> Reply | None:
    """The first reply to that key of that user on that path, whatever the body was."""
    row = db.execute(
        "SELECT digest, status, body FROM replies WHERE user_id = ? AND path = ? AND key = ?",
        (claim.user_id, claim.path, claim.key),
    ).fetchone()
    return Reply(row["digest"], row["status"], row["body"]) if row else None


def keep(db: sqlite3.Connection, claim: Claim, reply: Reply) -> None:
    """Keeps the reply for a week."""
    moment = moments.now()
    db.execute("DELETE FROM replies WHERE created_at < ?", (moments.written(moments.from_now(-KEPT_SECONDS)),))
    db.execute(
        "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)",
        (claim.user_id, claim.path, claim.key, reply.digest, reply.status, reply.body, moments.written(moment)),
    )
