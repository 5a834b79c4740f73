"""The language that a question is answered in."""

from __future__ import annotations

import re

from ..catalog import Language

_WORD = re.compile(r"(?<![\w-])[^\W\d_]{2,}(?!\w|-\d)")
"""A word of at least two letters, as ``система``; no part of a code with digits, as ``ВРУ-1`` and ``DN50``."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")


def language_of(question: str) -> Language:
    """English for a question with more Latin words than Cyrillic ones, else Russian, which may hold codes in Latin letters."""
    words = _WORD.findall(question)
    return "en" if sum(map(bool, map(_LATIN.search, words))) > sum(map(bool, map(_CYRILLIC.search, words))) else "ru"
