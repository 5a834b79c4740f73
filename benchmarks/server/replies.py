"""Canned responses."""

from __future__ import annotations

import itertools
import json
from typing import Any

_STAMP = "2025-01-01T00:00:00.123456Z"
_SETTINGS = {"model_profile": "complex", "selected_role_prompt_id": None}
_USER = {"id": "u1", "username": "engineer", "status": "active", "created_at": _STAMP}
_numbers = itertools.count(1)


def reply(body: Any, status: str = "200 OK") -> bytes:
    """A JSON response."""
    content = json.dumps(body, ensure_ascii=False).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


HEALTH = reply({"status": "healthy", "version": "2.0.0", "service": "aizoomdoc"})
ME = reply({"user": _USER, "settings": _SETTINGS, "gemini_api_key_configured": True})
SESSION = reply({"access_token": "t" * 160, "token_type": "bearer", "expires_in": 3600, "user": _USER})
NOT_FOUND = reply({"detail": "Not Found"}, "404 Not Found")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EVENT_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def history(chat_id: str) -> bytes:
    """A chat without messages."""
    return reply({"chat": {"id": chat_id, "title": "Вентиляция", "created_at": _STAMP, "updated_at": _STAMP}, "messages": []})


def message(chat_id: str) -> bytes:
    """A user's message as stored, with a new id each time."""
    stored = {"id": f"m{next(_numbers):08}", "chat_id": chat_id, "role": "user", "content": "?", "message_type": "text"}
    return reply({**stored, "created_at": _STAMP, "attached_file_ids": []}, "201 Created")


def chat(stream: str) -> bytes:
    """A new chat, whose answers are `stream`, sent at once."""
    stored = {"id": f"{stream}..{next(_numbers)}", "title": "Вентиляция", "created_at": _STAMP, "updated_at": _STAMP}
    return reply(stored, "201 Created")


def copied(size: int) -> bytes:
    """A file as the model's own store has it."""
    stored = {"google_file_uri": f"https://files.example/{next(_numbers)}", "filename": "document.bin", "size_bytes": size}
    return reply({**stored, "mime_type": "application/octet-stream", "state": "ACTIVE"}, "201 Created")


def uploaded(size: int) -> bytes:
    """A file as stored."""
    stored = {"id": "f1", "filename": "document.bin", "mime_type": "application/octet-stream", "size_bytes": size}
    return reply({**stored, "storage_path": "f1", "created_at": _STAMP}, "201 Created")
