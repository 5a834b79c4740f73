"""Detects the encoding of a text: by its byte order mark, else by which bytes occur and how Russian the decoded words are."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from .russian_letters import russian_likeness

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1024 * 1024
_SAMPLE_WORDS = 2000
_UTF16_SAMPLE_BYTES = 4096
_UTF16_SHARE = 0.9  # of the characters
_HIGH_BYTES = b"\0\x04"  # of Latin and Cyrillic letters in UTF-16
_FEWEST_LETTERS = 20  # by which the encodings of Russian are compared
_MUCH_BETTER = 0.2  # of `russian_likeness`
_MOST_BROKEN_SHARE = 0.02  # of the characters that are not ASCII

# Two letters beyond ASCII in sequence are Cyrillic in nearly every file; one after a Latin letter is accented, as in "café".
_HIGH_BYTES_WORD = re.compile(rb"[\x80-\xff]{2,}")
_ACCENTED_LETTER = re.compile(rb"[A-Za-z][\xc0-\xff](?![\x80-\xff])")
_RARER_RUSSIAN = ("koi8-r", "cp866")


def has_byte_order_mark(data: bytes) -> bool:
    """Whether the bytes begin with the mark of an encoding of Unicode."""
    return data.startswith(tuple(mark for mark, _ in _BYTE_ORDER_MARKS))


def text_of(data: bytes) -> str:
    """The bytes as text in the detected encoding; a byte that is no part of a character becomes ``�``."""
    return data.decode(_encoding(data), "replace")


def _encoding(data: bytes) -> str:
    marked = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if encoding := marked or _utf16_without_mark(data[:_UTF16_SAMPLE_BYTES]):
        return encoding
    return "utf-8" if _is_utf8(data) else _single_byte_encoding(data[:_SAMPLE_BYTES])


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 of either byte order, where nearly every second byte is the high one of a Latin or Cyrillic letter."""
    half = len(data) // 2
    for encoding, start in (("utf-16-le", 1), ("utf-16-be", 0)):
        high = data[start::2]
        if half and sum(map(high.count, _HIGH_BYTES)) >= _UTF16_SHARE * half and data[1 - start :: 2].count(0) < half / 2:
            return encoding
    return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        return broken <= _MOST_BROKEN_SHARE * sum(not char.isascii() for char in text)
    return True


def _single_byte_encoding(data: bytes) -> str:
    """Windows-1252 for words with accents; else Windows-1251, or another Russian encoding that makes much more Russian words."""
    words = [found[0] for found in islice(_HIGH_BYTES_WORD.finditer(data), _SAMPLE_WORDS)]
    if len(words) < sum(1 for _ in islice(_ACCENTED_LETTER.finditer(data), _SAMPLE_WORDS)):
        return "cp1252"
    if sum(map(len, words)) < _FEWEST_LETTERS:
        return "cp1251"
    likeness = {encoding: _likeness(words, encoding) for encoding in ("cp1251", *_RARER_RUSSIAN)}
    best = max(_RARER_RUSSIAN, key=lambda encoding: likeness[encoding])
    return best if likeness[best] > likeness["cp1251"] + _MUCH_BETTER else "cp1251"


def _likeness(words: list[bytes], encoding: str) -> float:
    return russian_likeness([word.decode(encoding, "replace") for word in words])
