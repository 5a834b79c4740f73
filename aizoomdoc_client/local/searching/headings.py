"""Headings: which lines are one, how deep, and under which of them a text stands."""

from __future__ import annotations

import re

_MARKDOWN = re.compile(r"(#{1,6})\s+\S")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})+)\.?\s+[A-ZА-ЯЁ]")
_CHAPTER = re.compile(r"(?:Раздел|Глава|Section|Chapter)\s+\d+\b")
_FIRST_LEVEL = re.compile(r"\d{1,2}\.?\s+[A-ZА-ЯЁ][^\d]*")
_GAP = re.compile(r"\S {2,}(?=\S)")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LONGEST = 100


def is_row(line: str) -> bool:
    """Whether the line looks like a row of a table: cells between bars, tabs or wide gaps, or several figures."""
    if "|" in line or "\t" in line or len(_GAP.findall(line)) > 1:
        return True
    figures, words = len(_FIGURE.findall(line)), len(_LETTERS.findall(line))
    return figures > 2 and words <= 2 * figures and not line.rstrip().endswith((".", ";"))


def level(line: str, previous: str) -> int:
    """How deep a heading the line is, from 1; 0 where it is none. `previous` is the line before it."""
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return 0
    if marks := _MARKDOWN.match(line):
        return len(marks[1])
    if line[-1] in ".,;:" or is_row(line):
        return 0
    if number := _NUMBERED.match(line):
        return number[1].count(".") + 1
    if _CHAPTER.match(line) or (not previous.strip() and _FIRST_LEVEL.fullmatch(line)):
        return 1
    return 0


class Headings:
    """The headings in force, outermost first, while lines go by."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, depth: int, line: str) -> None:
        """A heading of that depth ends all that are as deep or deeper."""
        self._open = [*((level, text) for level, text in self._open if level < depth), (depth, line.lstrip("# ").strip())]

    @property
    def path(self) -> tuple[str, ...]:
        """All of them, outermost first."""
        return tuple(text for _, text in self._open)
