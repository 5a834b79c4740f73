"""What is asked in a chaos run: every question is the only one of its kind."""

from __future__ import annotations

import re


def question(number: int) -> str:
    """The content of the message with that number."""
    return f"[{number}] Какая высота этажа?"


def number_of(content: str) -> int:
    """Which question a message is, or an answer is to; -1 when it is none of ours."""
    found = re.match(r"\[(\d+)\]", content)
    return int(found[1]) if found else -1
