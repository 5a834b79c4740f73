"""Compares ids: a UUID can be written in several ways."""

from __future__ import annotations

import re
from uuid import UUID

_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f-]{32,})\}?", re.IGNORECASE)
"""Stricter than `UUID`, which reads digits as Python's numbers are written (``0x12``, ``1_2``): two ids would become one."""


def id_key(value: str) -> str:
    """The same text for all spellings of an id."""
    found = _UUID.fullmatch(value)
    if found is None:
        return value
    try:
        return str(UUID(found[1]))
    except ValueError:
        return value
