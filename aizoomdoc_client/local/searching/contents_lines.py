"""Lines of a table of contents: a title, a run of dots or a wide gap, and the number of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import whitespace

_RUNS = ("...", ". . . ", "……", "____")  # 3.2 Отопление . . . . 14
_OF_RUNS = f".…_{whitespace}\u00a0\u2002\u2003\u2009"
_DIGITS, _MOST_DIGITS = "0123456789", 4  # of a page's number
_ROMAN, _MOST_ROMAN = "ivxlc", 6
_GAP_AND_NUMBER = re.compile(r"\S(?:\s{3,}|\t+)\d{1,4}\s*$")  # Отопление    14
_NUMBER_AT_END = re.compile(r"^\s*\d+(?:\.\d+)*\.?\s+\D.*\s\d{1,4}\s*$")  # 3.2 Отопление 14
_FEWEST_LINES = 3
_LEAST_SHARE = 0.6  # of the lines


def is_dotted(line: str) -> bool:
    """Whether the line ends in a run of dots with or without a page's number after it."""
    if not _has_run(line):
        return False
    line = line.rstrip()
    digits, most = (_DIGITS, _MOST_DIGITS) if line.endswith(tuple(_DIGITS)) else (_ROMAN, _MOST_ROMAN)
    title_and_run = line.rstrip(digits)
    if len(line) - len(title_and_run) > most:
        return False
    return _has_run(title_and_run[len(title_and_run.rstrip(_OF_RUNS)) :])


def are_contents(lines: Sequence[str]) -> bool:
    """Whether most of the lines are of a table of contents."""
    if not _has_run("\n".join(lines)):
        return False
    filled = [line for line in lines if line.strip()]
    dotted = sum(map(is_dotted, filled))
    if not dotted or len(filled) < _FEWEST_LINES:
        return False  # without dots a register or a price list looks alike
    if dotted >= _LEAST_SHARE * len(filled):
        return True
    others = sum(1 for line in filled if _GAP_AND_NUMBER.search(line) or _NUMBER_AT_END.match(line))
    return dotted + others >= _LEAST_SHARE * len(filled)


def _has_run(line: str) -> bool:
    return any(map(line.__contains__, _RUNS))
