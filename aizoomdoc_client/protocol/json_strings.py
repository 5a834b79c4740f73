"""Strings inside of JSON that is not decoded as a whole: where one begins and ends, and the text of a piece of one."""

from __future__ import annotations

import msgspec

_decode_string = msgspec.json.Decoder(str).decode
_SPACE = b" \t\n\r"


def string_begin(frame: bytes, key: bytes) -> int | None:
    """Where the string begins that follows the first `key`, which is given with its quotes; None if no string follows it.

    The first such key may belong to another object than the one that is wanted: the caller has to check the result.
    """
    at = frame.find(key)
    if at < 0:
        return None
    colon = _after_space(frame, at + len(key))
    quote = _after_space(frame, colon + 1)
    return quote + 1 if frame[colon : colon + 1] == b":" and frame[quote : quote + 1] == b'"' else None


def string_end(frame: bytes, at: int) -> int | None:
    """The position of the quote that ends the string in which `at` lies; None without one."""
    end = frame.find(b'"', at)
    while end >= 0 and _is_escaped(frame, end):
        end = frame.find(b'"', end + 1)
    return None if end < 0 else end


def text_of(piece: bytes) -> str | None:
    """The text of a piece from inside of a string; None for invalid JSON or UTF-8, and for half a character."""
    try:
        text = piece.decode()
        if text.isprintable() and '"' not in text and "\\" not in text:
            return text
        return _decode_string(b'"' + piece + b'"')
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _after_space(frame: bytes, at: int) -> int:
    """The first position from `at` on that is no space."""
    while at < len(frame) and frame[at] in _SPACE:
        at += 1
    return at


def _is_escaped(frame: bytes, at: int) -> bool:
    """Whether an odd number of backslashes precedes `at`."""
    before = at
    while before and frame[before - 1] == 0x5C:
        before -= 1
    return (at - before) % 2 == 1
