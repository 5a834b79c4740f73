"""The language that a question is answered in."""

from __future__ import annotations

import re

from ...catalog import Language

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def language_of(question: str) -> Language:
    """Russian for a question with a Cyrillic letter in it, else English; a Russian one may hold codes in Latin letters."""
    return "ru" if _CYRILLIC.search(question) else "en"
