"""Text from elsewhere, made safe for a terminal: no escape sequence, no control character, no hidden change of direction."""

from __future__ import annotations

import functools
from collections.abc import Mapping

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))


@functools.cache
def _visible() -> Mapping[int, str | None]:
    """What is shown in place of a character: one at a time, so that it makes no difference where a text is cut into pieces."""
    return {
        **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"},
        0x0D: None,
        0x7F: "\N{SYMBOL FOR DELETE}",
        **dict.fromkeys((*range(0x80, 0xA0), *_BIDI, *range(0xD800, 0xE000)), _REPLACEMENT),
    }


def sanitized(text: str) -> str:
    """`text` with control characters shown as symbols, carriage returns dropped; line feeds and tabs stay."""
    return text.translate(_visible())


def sanitized_line(text: str) -> str:
    """As `sanitized`, on one line."""
    return sanitized(" ".join(text.splitlines()) if "\n" in text or "\r" in text else text)


def without_controls(text: str) -> str:
    """`text` without them: for what is laid out already, where a symbol would be wider than was counted."""
    return "".join(char for char in text if ord(char) not in _visible())
