"""Raised text as a line of text has it."""

from __future__ import annotations

import re

from .superscripts import as_superscript

_FIGURES = re.compile(r"[\d+−-]+")


def raised_text(text: str) -> str:
    """The text with its figures in superscript characters: ``1)`` as ``¹)``; one with letters, as ``10ⁿ`` has, as it is."""
    if any(map(str.isalpha, text)):
        return text
    return _FIGURES.sub(lambda found: as_superscript(found.group()), text)
