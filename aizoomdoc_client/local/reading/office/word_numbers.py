"""The numbers that a DOCX gives its paragraphs by itself, as ``2.1.`` or ``а)``: the document has only the rules of counting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from .word_xml import MOST_STYLES, WORD, is_on, number_of, related, value_of

BULLET = "-"

# In the text of a level, as "%1.%2." of the second: %1 is the number of the first one.
_LEVEL_REFERENCE = re.compile(r"%([1-9])")
_LONGEST_NUMBER = 100  # characters of a number
_MOST_LETTERS = 4  # of one number: я, яя, яяя
_LAST_ROMAN = 3999
_ROMAN_DIGITS = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ALPHABETS = {"letter": "abcdefghijklmnopqrstuvwxyz", "russian": "абвгдежзиклмнопрстуфхцчшщыэюя"}


@attrs.frozen
class _Level:
    """How the paragraphs of a list's level are numbered; paragraphs of the `style` are on this level."""

    number_format: str = "decimal"
    text: str = ""
    start: int = 1
    restarts_after: int | None = None
    is_legal: bool = False
    style: str | None = None

    @classmethod
    def of(cls, element: Any) -> _Level:
        """The level that the element ``lvl`` describes."""
        start = number_of(element, "start")
        return cls(
            number_format=value_of(element, "numFmt") or "decimal",
            text=(value_of(element, "lvlText") or "")[:_LONGEST_NUMBER],
            start=1 if start is None else start,
            restarts_after=number_of(element, "lvlRestart"),
            is_legal=is_on(element, "isLgl"),
            style=value_of(element, "pStyle"),
        )


@attrs.frozen
class _List:
    """A list; those with the same `counted_as` share their counters, which this one restarts at `starts`, a number by level."""

    counted_as: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]


_ListLevel = tuple[str | None, int | None]
"""The id of the list and the level that a paragraph or a style refers to."""


@attrs.define
class ParagraphNumbers:
    """Counts the paragraphs of a document, which must be passed in their order."""

    _lists: Mapping[str, _List]
    _styles: Mapping[str, _ListLevel]
    _counts: dict[str, dict[int, int]] = attrs.field(factory=dict[str, dict[int, int]], init=False)
    _started: set[str] = attrs.field(factory=set[str], init=False)

    @classmethod
    def of_document(cls, document: Any) -> ParagraphNumbers:
        """The rules of a document, whose paragraphs are not counted yet."""
        styles = _lists_of_styles(document.styles.element.iterchildren(f"{WORD}style"))
        numbering = next(related(document, "numbering"), None)
        return cls({} if numbering is None else _lists(numbering, styles), styles)

    def count(self, paragraph: Any) -> str:
        """Counts the paragraph and returns its number, `BULLET` in a list without numbers, or "" for one that is in no list."""
        name, depth = self._list_level(paragraph)
        if not name or name == "0" or value_of(paragraph, "pPr/rPr/del") is not None:
            return ""
        found = self._lists.get(name)
        level = found.levels.get(depth) if found else None
        if found is None or level is None or level.number_format == "bullet":
            return BULLET
        counts = self._count_at(name, found, depth, level)
        return _LEVEL_REFERENCE.sub(lambda match: _number_text(found, level, counts, int(match[1]) - 1), level.text)[
            :_LONGEST_NUMBER
        ].strip()

    def _list_level(self, paragraph: Any) -> tuple[str | None, int]:
        style = value_of(paragraph, "pPr/pStyle")
        name, depth = _list_level(paragraph)
        by_style = self._styles.get(style, (None, None)) if style else (None, None)
        if name is None and by_style[0] is not None:
            name = by_style[0]
            depth = by_style[1] if depth is None else depth
            levels = self._lists[name].levels if name in self._lists else dict[int, _Level]()
            depth = next((number for number, level in levels.items() if level.style == style), depth)
        return name, depth or 0

    def _count_at(self, name: str, found: _List, depth: int, level: _Level) -> Mapping[int, int]:
        """Counts a paragraph on the level `depth` and restarts the deeper ones; returns the counter of each level."""
        counts = self._counts.setdefault(found.counted_as, {})
        if name not in self._started:
            self._started.add(name)
            for number in found.starts:
                counts.pop(number, None)
        start = found.starts.get(depth, level.start)
        counts[depth] = counts[depth] + 1 if depth in counts else start
        for number in [number for number in counts if number > depth]:
            after = found.levels[number].restarts_after if number in found.levels else None
            if after is None or depth < after:
                del counts[number]
        return counts


def _list_level(element: Any) -> _ListLevel:
    return value_of(element, "pPr/numPr/numId"), number_of(element, "pPr/numPr/ilvl")


def _lists_of_styles(styles: Iterable[Any]) -> dict[str, _ListLevel]:
    """The list and level of each style, its own or that of the style that it is based on."""
    own: dict[str, _ListLevel] = {}
    based: dict[str, str] = {}
    for style in styles:
        name = style.get(f"{WORD}styleId", "")
        own[name] = _list_level(style)
        based[name] = value_of(style, "basedOn") or ""
    return {name: _inherited(name, own, based) for name in own}


def _inherited(name: str, own: Mapping[str, _ListLevel], based: Mapping[str, str]) -> _ListLevel:
    depth = own[name][1]
    for _ in range(MOST_STYLES):
        if name not in own or own[name][0] is not None:
            break
        name = based[name]
        depth = own[name][1] if depth is None and name in own else depth
    return own.get(name, (None, None))[0], depth


def _lists(root: Any, styles: Mapping[str, _ListLevel]) -> dict[str, _List]:
    """The lists by their ids; one that is linked to a style has the levels of the style's list."""
    levels: dict[str, dict[int, _Level]] = {}
    links: dict[str, str] = {}
    for described in root.iterchildren(f"{WORD}abstractNum"):
        name = described.get(f"{WORD}abstractNumId", "")
        levels[name] = _levels(described)
        links[name] = value_of(described, "numStyleLink") or ""
    nums = {num.get(f"{WORD}numId", ""): num for num in root.iterchildren(f"{WORD}num")}
    described_by = {name: value_of(num, "abstractNumId") or "" for name, num in nums.items()}
    found: dict[str, _List] = {}
    for name, num in nums.items():
        counted_as = described_by[name]
        if link := links.get(counted_as):
            counted_as = described_by.get(styles.get(link, (None, None))[0] or "", counted_as)
        changed, starts = dict[int, _Level](), dict[int, int]()
        for override in num.iterchildren(f"{WORD}lvlOverride"):
            changed |= _levels(override)
            start = number_of(override, "startOverride")
            if start is not None and (depth := _depth(override)) is not None:
                starts[depth] = start
        usual = levels.get(counted_as) or dict[int, _Level]()
        found[name] = _List(counted_as, {**usual, **changed} if changed else usual, starts)
    return found


def _levels(element: Any) -> dict[int, _Level]:
    levels = ((_depth(level), level) for level in element.iterchildren(f"{WORD}lvl"))
    return {depth: _Level.of(level) for depth, level in levels if depth is not None}


def _depth(element: Any) -> int | None:
    depth = element.get(f"{WORD}ilvl", "")
    return int(depth) if depth in set("012345678") else None


def _number_text(found: _List, own: _Level, counts: Mapping[int, int], depth: int) -> str:
    """The number of the level `depth` as a paragraph of the level `own` shows it; in a legal one all numbers are decimal."""
    level = found.levels.get(depth, _Level())
    number = counts.get(depth, level.start)
    number_format = level.number_format if not own.is_legal else "decimal"
    if number_format in {"none", "bullet"}:
        return ""
    if number_format == "decimalZero":
        return f"{number:02d}"
    letters = (
        _roman(number) if number_format.endswith("Roman") else _letters(number, _ALPHABETS.get(_alphabet(number_format), ""))
    )
    return (letters.upper() if number_format.startswith("upper") or number_format.endswith("Upper") else letters) or str(number)


def _alphabet(number_format: str) -> str:
    return number_format.removeprefix("upper").removeprefix("lower").removesuffix("Upper").removesuffix("Lower").lower()


def _roman(number: int) -> str:
    if not 0 < number <= _LAST_ROMAN:
        return ""
    digits: list[str] = []
    for value, letters in _ROMAN_DIGITS:
        times, number = divmod(number, value)
        digits.append(letters * times)
    return "".join(digits)


def _letters(number: int, alphabet: str) -> str:
    if not alphabet or not 0 < number <= _MOST_LETTERS * len(alphabet):
        return ""
    times, place = divmod(number - 1, len(alphabet))
    return alphabet[place] * (times + 1)
