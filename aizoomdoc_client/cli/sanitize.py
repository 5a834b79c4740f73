"""Makes foreign text safe for a terminal: without escape sequences, control characters and marks of text direction."""

from __future__ import annotations

import functools
from collections.abc import Mapping

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))


@functools.cache
def _visible() -> Mapping[int, str | None]:
    """The replacement of each unsafe character; each is replaced alone, so that a text may be sanitized in pieces."""
    return {
        **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"},
        0x0D: None,
        0x7F: "\N{SYMBOL FOR DELETE}",
        **dict.fromkeys((*range(0x80, 0xA0), *_BIDI, *range(0xD800, 0xE000)), _REPLACEMENT),
    }


def sanitized(text: str) -> str:
    """`text` with control characters as symbols and without carriage returns; line feeds and tabs stay."""
    return text.translate(_visible())


def sanitized_line(text: str) -> str:
    """As `sanitized`, on one line."""
    return sanitized(" ".join(text.splitlines()) if "\n" in text or "\r" in text else text)


def without_controls(text: str) -> str:
    """`text` without unsafe characters, for lines that are laid out already: a symbol would be wider than was counted."""
    return "".join(char for char in text if ord(char) not in _visible())
