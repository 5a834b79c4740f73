"""The tables, one script a version; ``PRAGMA user_version`` counts them. Published scripts never change."""

from __future__ import annotations

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

MIGRATIONS = (_FIRST,)
