"""Responses to requests with an Idempotency-Key, so that a repeated request gets the first response again."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from datetime import timedelta
from typing import Protocol

import attrs

from .schema import time_text, utc_now

STORED_SECONDS = 7 * 24 * 3600
_MAX_IN_MEMORY = 1000


@attrs.frozen
class KeyedRequest:
    """A request with an Idempotency-Key; `digest` identifies its body."""

    user_id: str
    path: str
    key: str
    digest: str


@attrs.frozen
class StoredReply:
    """A response as it was sent, and the digest of the request's body."""

    digest: str
    status: int
    body: bytes


class ReplyStore(Protocol):
    """A store of responses, by the requests that they answered."""

    def find(self, db: sqlite3.Connection, request: KeyedRequest, /) -> StoredReply | None:
        """The first response to the key."""
        ...

    def save(self, db: sqlite3.Connection, request: KeyedRequest, reply: StoredReply, /) -> None:
        """Stores the first response to the key."""
        ...


class DatabaseReplies:
    """Responses in the database, for a week."""

    def find(self, db: sqlite3.Connection, request: KeyedRequest) -> StoredReply | None:
        """The first response to that key of that user on that path, whatever the body was."""
        row = db.execute(
            "SELECT digest, status, body FROM replies WHERE user_id = ? AND path = ? AND key = ?",
            (request.user_id, request.path, request.key),
        ).fetchone()
        return StoredReply(row["digest"], row["status"], row["body"]) if row else None

    def save(self, db: sqlite3.Connection, request: KeyedRequest, reply: StoredReply) -> None:
        """Stores the response, and deletes those that are older than a week."""
        now = utc_now()
        db.execute("DELETE FROM replies WHERE created_at < ?", (time_text(now - timedelta(seconds=STORED_SECONDS)),))
        db.execute(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)",
            (request.user_id, request.path, request.key, reply.digest, reply.status, reply.body, time_text(now)),
        )


class MemoryReplies:
    """Responses with tokens in them: never written to disk, only the newest thousand."""

    def __init__(self) -> None:
        self._replies: OrderedDict[KeyedRequest, StoredReply] = OrderedDict()

    def find(self, _db: sqlite3.Connection, request: KeyedRequest) -> StoredReply | None:
        """The first response to that key and body: before a login there is no user whose key it could be."""
        return self._replies.get(request)

    def save(self, _db: sqlite3.Connection, request: KeyedRequest, reply: StoredReply) -> None:
        """Stores the response, and drops the oldest where there are too many."""
        self._replies[request] = reply
        if len(self._replies) > _MAX_IN_MEMORY:
            self._replies.popitem(last=False)
