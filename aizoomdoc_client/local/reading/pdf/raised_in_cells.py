"""Raised figures in the cells of tables, in the places where they are seen.

PDFium has those of a whole line of heads behind it, at times: "м" and "/ч" of two cells, then the 3 of both. And where one is
raised so high that it seems to be a line of its own, it would come before the line that it belongs to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..raised_text import raised_text
from .characters import Character
from .pdf_file import SPACE
from .superscripts import HIGHER, SMALLER

_FIGURES = frozenset("0123456789⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻-−–+)")  # and the signs and brackets that are raised with them
_MOST_SMALL = 60  # characters of a cell; where more are small, they are a text of their own

_MOST_BELOW_TOP = 0.35  # of the height of what is raised above


def with_raised_in_place(characters: Sequence[Character]) -> Sequence[Character]:
    """The characters of a cell; each raised figure comes after what it is raised above, as a superscript on the same line."""
    tallest = max(char.top - char.bottom for char in characters)
    small = [place for place, char in enumerate(characters) if _is_small_figure(char, tallest)]
    if not 0 < len(small) <= _MOST_SMALL:
        return characters
    marks = defaultdict[int, list[int]](list)  # of each character that something is raised above, by its place
    for place in small:
        if (base := _base_of(characters, place, marks)) is not None:
            marks[base].append(place)
    raised = {base: places for base, places in marks.items() if any(characters[place].text.isdigit() for place in places)}
    return _in_order(characters, raised) if raised else characters


def _is_small_figure(char: Character, tallest: float) -> bool:
    return char.text in _FIGURES and char.top - char.bottom < SMALLER * tallest


def _base_of(characters: Sequence[Character], place: int, marks: dict[int, list[int]]) -> int | None:
    """The place of the character that another one is raised above, alone or after others."""
    char = characters[place]
    for base, above in marks.items():
        last = characters[above[-1]]
        if _is_beside(last, char) and abs(last.bottom - char.bottom) < HIGHER * (char.top - char.bottom):
            return base
    for number, other in enumerate(characters):
        height = other.top - other.bottom
        is_higher = other.bottom + HIGHER * height < char.bottom < other.top < char.top + _MOST_BELOW_TOP * height
        if is_higher and char.top - char.bottom < SMALLER * height and _is_beside(other, char):
            return number
    return None


def _is_beside(before: Character, char: Character) -> bool:
    return abs(char.left - before.right) < SPACE * (before.top - before.bottom)


def _in_order(characters: Sequence[Character], raised: dict[int, list[int]]) -> list[Character]:
    moved = {place for places in raised.values() for place in places}
    found = list[Character]()
    for number, char in enumerate(characters):
        if number in moved:
            continue
        is_after_mark = bool(found) and _is_beside(found[-1], char)  # and the space before it is where that was missing
        found.append(char._replace(is_after_space=False) if is_after_mark else char)
        for place in raised.get(number, ()):
            _, left, _, right, _, _ = characters[place]
            found.append(Character(raised_text(characters[place].text), left, char.bottom, right, char.top))
    return found
