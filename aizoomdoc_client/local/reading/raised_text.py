"""Superscripts as the characters that Unicode has for them, so that 10³ does not become 103."""

from __future__ import annotations

_SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")


def raised_text(text: str) -> str:
    """The text with its digits and signs as superscripts: ``1)`` as ``¹)``; one with letters, as ``n-1``, is unchanged."""
    return text if any(map(str.isalpha, text)) else text.translate(_SUPERSCRIPTS)
