"""File names that other people chose."""

from __future__ import annotations


def is_plain(char: str) -> bool:
    """Whether the character may stand in a name: no control character, and no half of a pair that JSON could not carry."""
    return not (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000)
