"""Raised figures and signs as the characters that Unicode has for them, so that 10³ does not become 103."""

from __future__ import annotations

_SUPERSCRIPTS = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_RAISED = frozenset("0123456789+-−")


def as_superscript(text: str) -> str:
    """The text in superscript characters if it is of digits and signs alone, and else as it is."""
    return text.translate(_SUPERSCRIPTS) if _RAISED.issuperset(text) else text
