"""Lines of a table of contents: a title, a run of dots or a wide gap, and the number of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

# 3.2 Отопление . . . . 14
_DOTTED = re.compile(r"(?:\.{3,}+|(?:\. ){3,}|…{2,}+|_{4,}+)[.\s…_]*+(?:\d{1,4}|[ivxlc]{1,6})?\s*$")
_END = 200  # characters of a line, in which its dots and its number stand
_GAP_AND_NUMBER = re.compile(r"\S(?:\s{3,}|\t+)\d{1,4}\s*$")  # Отопление    14
_NUMBER_AT_END = re.compile(r"^\s*\d+(?:\.\d+)*\.?\s+\D.*\s\d{1,4}\s*$")  # 3.2 Отопление 14
_FEWEST_LINES = 3
_LEAST_SHARE = 0.6  # of the lines


def is_dotted(line: str) -> bool:
    """Whether the line ends in a run of dots with or without a page's number after it."""
    if not _has_run(line):
        return False
    return _DOTTED.search(line.rstrip()[-_END:]) is not None  # the expression takes long on long runs


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
    return "..." in line or ". . ." in line or "……" in line or "____" in line
