"""The numbers that a DOCX gives its paragraphs by itself, as ``2.1.`` or ``а)``: the document says only how they are counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from .word_xml import MOST_STYLES, WORD, is_on, number_of, related, value_of

BULLET = "-"

_PLACE = re.compile(r"%([1-9])")
_LONGEST = 100  # characters of a number
_MOST_LETTERS = 4  # of one number: я, яя, яяя
_LAST_ROMAN = 3999
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ALPHABETS = {"letter": "abcdefghijklmnopqrstuvwxyz", "russian": "абвгдежзиклмнопрстуфхцчшщыэюя"}


@attrs.frozen
class _Level:
    """How the paragraphs of a list's level are numbered; `style` is that of the paragraphs that are on it by their style."""

    shape: str = "decimal"
    text: str = ""
    start: int = 1
    restarts_after: int | None = None
    is_legal: bool = False
    style: str | None = None

    @classmethod
    def of(cls, element: Any) -> _Level:
        """The level that is described there."""
        start = number_of(element, "start")
        return cls(
            shape=value_of(element, "numFmt") or "decimal",
            text=(value_of(element, "lvlText") or "")[:_LONGEST],
            start=1 if start is None else start,
            restarts_after=number_of(element, "lvlRestart"),
            is_legal=is_on(element, "isLgl"),
            style=value_of(element, "pStyle"),
        )


@attrs.frozen
class _List:
    """A list: how its levels are numbered, with which lists it counts together, and where it starts anew."""

    counted_as: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]


_Place = tuple[str | None, int | None]
"""The list and the level that a paragraph or a style names."""


@attrs.define
class Numbers:
    """Counts the paragraphs of a document, which are to be asked for in order."""

    _lists: Mapping[str, _List]
    _styles: Mapping[str, _Place]
    _counts: dict[str, dict[int, int]] = attrs.field(factory=dict[str, dict[int, int]], init=False)
    _begun: set[str] = attrs.field(factory=set[str], init=False)

    @classmethod
    def of_document(cls, document: Any) -> Numbers:
        """Those of a document; none where it numbers nothing."""
        styles = _places(document.styles.element.iterchildren(f"{WORD}style"))
        numbering = next(related(document, "numbering"), None)
        return cls({} if numbering is None else _lists(numbering, styles), styles)

    def of(self, paragraph: Any) -> str:
        """The paragraph's number, or the sign of a list without numbers; "" for one that is not numbered."""
        name, depth = self._place(paragraph)
        if not name or name == "0" or value_of(paragraph, "pPr/rPr/del") is not None:
            return ""
        found = self._lists.get(name)
        level = found.levels.get(depth) if found else None
        if found is None or level is None or level.shape == "bullet":
            return BULLET
        counts = self._counted(name, found, depth, level)
        return _PLACE.sub(lambda place: _written(found, level, counts, int(place[1]) - 1), level.text)[:_LONGEST].strip()

    def _place(self, paragraph: Any) -> tuple[str | None, int]:
        style = value_of(paragraph, "pPr/pStyle")
        name, depth = _place(paragraph)
        by_style = self._styles.get(style, (None, None)) if style else (None, None)
        if name is None and by_style[0] is not None:
            name = by_style[0]
            depth = by_style[1] if depth is None else depth
            levels = self._lists[name].levels if name in self._lists else dict[int, _Level]()
            depth = next((number for number, level in levels.items() if level.style == style), depth)
        return name, depth or 0

    def _counted(self, name: str, found: _List, depth: int, level: _Level) -> Mapping[int, int]:
        """The numbers of the levels, with this paragraph counted; those of deeper ones begin again below it."""
        counts = self._counts.setdefault(found.counted_as, {})
        if name not in self._begun:
            self._begun.add(name)
            for number in found.starts:
                counts.pop(number, None)
        start = found.starts.get(depth, level.start)
        counts[depth] = counts[depth] + 1 if depth in counts else start
        for number in [number for number in counts if number > depth]:
            after = found.levels[number].restarts_after if number in found.levels else None
            if after is None or depth < after:
                del counts[number]
        return counts


def _place(element: Any) -> _Place:
    return value_of(element, "pPr/numPr/numId"), number_of(element, "pPr/numPr/ilvl")


def _places(styles: Iterable[Any]) -> dict[str, _Place]:
    """The list of each style that names one or is based on one that does."""
    own: dict[str, _Place] = {}
    based: dict[str, str] = {}
    for style in styles:
        name = style.get(f"{WORD}styleId", "")
        own[name] = _place(style)
        based[name] = value_of(style, "basedOn") or ""
    return {name: _inherited(name, own, based) for name in own}


def _inherited(name: str, own: Mapping[str, _Place], based: Mapping[str, str]) -> _Place:
    depth = own[name][1]
    for _ in range(MOST_STYLES):
        if name not in own or own[name][0] is not None:
            break
        name = based[name]
        depth = own[name][1] if depth is None and name in own else depth
    return own.get(name, (None, None))[0], depth


def _lists(root: Any, styles: Mapping[str, _Place]) -> dict[str, _List]:
    """The lists by their names; one that refers to a style is that of the style."""
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


def _written(found: _List, own: _Level, counts: Mapping[int, int], depth: int) -> str:
    """The number of a level as the paragraph shows it."""
    level = found.levels.get(depth, _Level())
    number = counts.get(depth, level.start)
    shape = level.shape if not own.is_legal else "decimal"
    if shape in {"none", "bullet"}:
        return ""
    if shape == "decimalZero":
        return f"{number:02d}"
    letters = _roman(number) if shape.endswith("Roman") else _letters(number, _ALPHABETS.get(_alphabet(shape), ""))
    return (letters.upper() if shape.startswith("upper") or shape.endswith("Upper") else letters) or str(number)


def _alphabet(shape: str) -> str:
    return shape.removeprefix("upper").removeprefix("lower").removesuffix("Upper").removesuffix("Lower").lower()


def _roman(number: int) -> str:
    if not 0 < number <= _LAST_ROMAN:
        return ""
    digits: list[str] = []
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        digits.append(letters * times)
    return "".join(digits)


def _letters(number: int, alphabet: str) -> str:
    if not alphabet or not 0 < number <= _MOST_LETTERS * len(alphabet):
        return ""
    times, place = divmod(number - 1, len(alphabet))
    return alphabet[place] * (times + 1)
