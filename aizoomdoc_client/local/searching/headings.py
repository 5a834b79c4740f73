"""Which lines are headings, and which of them are in force at a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from .contents_lines import is_dotted
from .table_rows import looks_like_row

_MARKUP = re.compile(r"(#{1,6})\s+\S")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_BEGINNINGS = frozenset("0123456789РГПSCA")
"""The first characters of the lines that one of the next three expressions matches."""
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})+)\.?\s+[A-ZА-ЯЁ]")  # 3.2 Отопление
_CHAPTER = re.compile(r"(?i:Раздел|Глава|Приложение|Section|Chapter|Appendix)\s+(?:\d+|[A-ZА-Я])\b")
_TOP_LEVEL = re.compile(r"(\d{1,2})\.?\s+[A-ZА-ЯЁ][^\d]*")  # 3 Отопление
_TOP_LEVEL_WITH_NUMBER = re.compile(r"\d{1,2}\.?\s+[A-ZА-ЯЁ][^\d]*\d{1,3}")
"""As 4 Корпус 3; a row of a list looks alike, but has others beside it."""
_SENTENCE_END = (".", "!", "?", ":", ";", "…")
_OPEN_END = re.compile(
    r"(?:\b(?:п|пп|рис|табл|разд|гл|см|ст|ч|Fig|Sec|see|No)\.|№|,|-|\b(?:и|в|во|с|со|по|на|к|из|от|для|до|the|of|in|to|and|or))\s*$"
)
"""Ends a line after which the sentence goes on: см., а также в, ГОСТ №."""
_IN_CAPITALS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\s,()«»\"/—–-])*[^\W\d_)»\"][.:]?")
_FEWEST_CAPITALS = 5
_MOST_LINES_IN_CAPITALS = 3
_SHORTEST_PROSE = 30  # characters of a line
_UNKNOWN_LEVEL = 99
"""Of a heading in capitals: nothing tells whether it is a chapter or a part of the one before it."""
_LONGEST = 100  # characters of a line
_LONGEST_UNNUMBERED = 70  # characters of one without a number such as 3.2
_FILLED_SHARE = 0.8  # of the longest line of the page: what is longer fills the page


@attrs.frozen
class Heading:
    """The heading that begins at a line: its level from 1, large where it is not known, its text, and how many lines it takes."""

    level: int
    text: str
    lines: int = 1


@attrs.define
class HeadingFinder:
    """Finds the headings of a document's lines.

    `has_markup` tells whether ``#`` begins one, as in Markdown; `longest_line` is the length of the page's longest line, by which
    one that fills the page is told.
    """

    has_markup: bool
    longest_line: int = 0
    _in_fence: bool = False
    _last_top_level: int = 0
    _last_chapter: str = ""

    def heading_at(self, lines: Sequence[str], number: int) -> Heading | None:
        """The heading that begins at the line of that number, None where none does; to be called for each line in order."""
        line = lines[number].strip()
        if self.has_markup:
            if self._is_in_listing(line):
                return None
            if marks := _MARKUP.match(line):
                return Heading(len(marks[1]), line.lstrip("#").strip())
        if line.isupper() and not _CHAPTER.match(line) and (heading := _heading_in_capitals(lines, number)):
            return heading
        if line[:1] not in _BEGINNINGS or len(line) > _LONGEST or line[-1] in ".,;:":
            return None
        before, after, then = (_filled(lines, number + step) for step in (-1, 1, 2))
        level = self._level(line, lines[number - 1] if number else "", after)
        if not level or is_dotted(line) or looks_like_row(line):
            return None
        if self._is_within_sentence(before, lines[number - 1] if number else ""):
            return None
        if not _begins_small(after):
            return self._noted(Heading(level, line))
        if (
            looks_like_row(after)
            or after[-1] in _SENTENCE_END
            or _begins_small(then)
            or len(line) + len(after) > 2 * _LONGEST_UNNUMBERED
        ):
            return None  # a clause that goes on
        return self._noted(Heading(level, f"{line} {after}", 2))

    def _is_in_listing(self, line: str) -> bool:
        is_fence = _FENCE.match(line) is not None
        self._in_fence ^= is_fence
        return is_fence or self._in_fence

    def _level(self, line: str, previous: str, after: str) -> int:
        """The level of the heading that the line may be by its number or its word; 0 where it is none."""
        if number := _NUMBERED.match(line):
            return number[1].count(".") + 1
        if chapter := _CHAPTER.match(line):  # that of the chapter in force is the running title of its pages
            return 0 if chapter[0].casefold() == self._last_chapter else 1
        top = _TOP_LEVEL.match(line)
        if top is None or len(line) > _LONGEST_UNNUMBERED or _TOP_LEVEL.match(after):
            return 0
        is_next = int(top[1]) == self._last_top_level + 1
        if top.end() == len(line):
            return 1 if not previous.strip() or is_next else 0
        is_alone = not _TOP_LEVEL.match(previous.strip())
        return 1 if is_next and int(top[1]) > 1 and is_alone and _TOP_LEVEL_WITH_NUMBER.fullmatch(line) else 0

    def _is_within_sentence(self, before: str, previous: str) -> bool:
        """Whether the line before is in the middle of a sentence that goes on in this one."""
        if not previous.strip() or before.endswith(_SENTENCE_END[1:]):  # a point may be that of an abbreviation
            return False
        if _OPEN_END.search(before):
            return True
        fills_the_page = len(before) > _FILLED_SHARE * self.longest_line and len(before) > _LONGEST_UNNUMBERED / 2
        return fills_the_page and not before.endswith(".")

    def _noted(self, heading: Heading) -> Heading:
        """The heading, whose number says which one may come next."""
        if heading.level == 1 and (top := _TOP_LEVEL.match(heading.text)):
            self._last_top_level = int(top[1])
        if chapter := _CHAPTER.match(heading.text):
            self._last_chapter = chapter[0].casefold()
        if numbered := _NUMBERED.match(heading.text):
            self._last_top_level = int(numbered[1].partition(".")[0])
        return heading


def _heading_in_capitals(lines: Sequence[str], number: int) -> Heading | None:
    """The heading of lines in capitals without a number: prose stands below them, and above them no sentence is open.

    Labels of a drawing, lines of a title page and names of companies have no prose below them.
    """
    before = _filled(lines, number - 1)
    if before and not before.endswith(_SENTENCE_END) and not (before.isupper() and before[0].isdigit()):
        return None
    found = list[str]()
    while (line := _filled(lines, number + len(found))).isupper() and _IN_CAPITALS.fullmatch(line):
        found.append(line)
        if len(found) > _MOST_LINES_IN_CAPITALS:
            return None
    heading = " ".join(found).rstrip(".:")
    if not _FEWEST_CAPITALS <= len(heading) <= 2 * _LONGEST_UNNUMBERED:
        return None
    return Heading(_UNKNOWN_LEVEL, heading, len(found)) if _is_prose(line or _filled(lines, number + len(found) + 1)) else None


def _is_prose(line: str) -> bool:
    return len(line) >= _SHORTEST_PROSE and not line.isupper() and any(map(str.islower, line)) and not looks_like_row(line)


def _filled(lines: Sequence[str], number: int) -> str:
    return lines[number].strip() if 0 <= number < len(lines) else ""


def _begins_small(line: str) -> bool:
    return bool(line) and line[0].isalpha() and line[0].islower()


class OpenHeadings:
    """The headings in force at the current line."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, heading: Heading) -> None:
        """Adds the heading, and ends those of the same level and deeper."""
        self._open = [*((level, text) for level, text in self._open if level < heading.level), (heading.level, heading.text)]

    @property
    def path(self) -> tuple[str, ...]:
        """Their texts, outermost first; one of unknown level stands alone, until the next one."""
        start = -1 if self._open and self._open[-1][0] == _UNKNOWN_LEVEL else 0
        return tuple(text for _, text in self._open[start:])
