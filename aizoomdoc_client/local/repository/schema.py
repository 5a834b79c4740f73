"""The tables, and the forms in which points in time and secrets are stored.

Each script in `MIGRATIONS` leads to the next version of the schema; one that was released never changes. Points in time are UTC
in ISO 8601 with six digits of a second, so that the order of their texts is their order. Of a secret only the digest is stored.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

_FIRST = """
CREATE TABLE users (
    id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, token_digest TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL, settings TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE chats (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), title TEXT NOT NULL, description TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE INDEX chats_of_user ON chats (user_id, updated_at);
CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    chat_id TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    role TEXT NOT NULL, content TEXT NOT NULL, created_at TEXT NOT NULL,
    file_ids TEXT NOT NULL DEFAULT '[]', document_ids TEXT NOT NULL DEFAULT '[]', file_uris TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX messages_of_chat ON messages (chat_id, number);
CREATE TABLE files (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), filename TEXT NOT NULL, mime_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, source_type TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE INDEX files_of_user ON files (user_id);
CREATE TABLE replies (
    user_id TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    status INTEGER NOT NULL, body BLOB NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY (user_id, path, key)
);
CREATE TABLE refresh_tokens (
    digest TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), session TEXT NOT NULL, expires_at TEXT NOT NULL
)
"""

_GROUNDING = """
ALTER TABLE messages ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';
ALTER TABLE messages ADD COLUMN grounding TEXT
"""

_NOTES = "ALTER TABLE messages ADD COLUMN notes TEXT NOT NULL DEFAULT '[]'"

MIGRATIONS = (_FIRST, _GROUNDING, _NOTES)


def utc_now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def time_text(moment: datetime) -> str:
    """The form in which a column stores the moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def time_from(text: str) -> datetime:
    """The moment that `time_text` wrote."""
    return datetime.fromisoformat(text)


def digest(secret: str) -> str:
    """The SHA-256 of a random secret in hex; a slow hash would not make 256 random bits safer."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
