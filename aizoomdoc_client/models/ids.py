"""Compares ids: a UUID can be written in several ways."""

from __future__ import annotations

import re
from uuid import UUID

_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f-]{32,})\}?", re.IGNORECASE)
"""A UUID as ``urn:uuid:0b7f…``, ``{0B7F…}`` or with 32 digits alone.

Stricter than the class `UUID`, which also takes digits as Python's numbers may have them (``0x12``, ``1_2``): two ids would
become one.
"""


def id_key(value: str) -> str:
    """The same text for all spellings of an id: a UUID in lower case with hyphens, any other id as it is."""
    found = _UUID.fullmatch(value)
    if found is None:
        return value
    try:
        return str(UUID(found[1]))
    except ValueError:
        return value
