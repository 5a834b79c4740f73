"""Compares ids: a UUID can be written in several ways."""

from __future__ import annotations

from uuid import UUID


def id_key(value: str) -> str:
    """The same text for all spellings of an id."""
    try:
        return str(UUID(value))
    except ValueError:
        return value
