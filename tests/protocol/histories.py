"""Histories for tests: rows written as ``user first?`` or ``assistant answer @5``, dated in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aizoomdoc_client.models import Chat, ChatHistory, Message

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def row(written: str, number: int = 0) -> Message:
    """A message; its id is its content, or its number where it has none."""
    what, _, seconds = written.partition(" @")
    role, _, content = what.partition(" ")
    created_at = BEGAN + timedelta(seconds=float(seconds)) if seconds else None
    return Message(id=content or str(number), chat_id="chat", role=role, content=content, created_at=created_at)


def history(*written: str) -> ChatHistory:
    """A chat's history as a server lists it."""
    return ChatHistory(chat=Chat(id="chat"), messages=tuple(row(one, number) for number, one in enumerate(written)))
