"""The questions of a chaos run: each text is unique."""

from __future__ import annotations

import re


def question(number: int) -> str:
    """The content of the message with that number."""
    return f"[{number}] Какая высота этажа?"


def number_of(content: str) -> int:
    """Number of the question that a message is, or that an answer belongs to; -1 for other texts."""
    found = re.match(r"\[(\d+)\]", content)
    return int(found[1]) if found else -1
