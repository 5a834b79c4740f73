"""Pages on which text runs in several directions: its runs are kept apart.

PDFium orders a page as if all its text ran one way. Where a label is turned, it joins the label to its neighbour without a space,
and two figures become a third one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import attrs

from .borderless_tables import borderless_grids
from .characters import Character
from .divided_words import DIVISION, is_beside
from .page_survey import PageSurvey
from .pdf_file import SPACE, Box, PdfPage, unchecked, with_whole_letters
from .superscripts import BRACKET, with_superscripts
from .tables import Tables, ruled_grids, tables_of
from .turned_heads import heads_laid_upright

_MOST_CHARACTERS = 100_000  # of a page
_UPWARDS = 9  # steps of 10 degrees, as of `PdfPage.direction`

# In heights of a line.
_APART = 1.0  # a wider gap parts two runs
_BACK = 0.5  # what begins further back is another run
_SHARED = 0.5  # of the smaller height, which two characters of a line share at the least
_AROUND = 0.2  # above and below a letter without ascender and descender


@attrs.frozen
class _Character:
    """A character that the page has, its index there, and what PDFium put before it to part it from the one before."""

    text: str
    index: int
    separator: str
    direction: int
    box: Box
    is_raised: bool


def text_with_runs_apart(page: PdfPage, found: PageSurvey) -> str:
    """The text in PDFium's order; a run in another direction than the one before, or apart from it, begins a line.

    A table of characters that are upright as the page is shown is a Markdown table in the place of the first of them.
    """
    characters = list(_characters(page, _superscripts(page, found.raised)))
    if not characters:
        return ""
    usual = Counter(character.direction for character in characters).most_common(1)[0][0]
    tables, put = _tables(page, found, characters), set[int]()
    parts, before = list[str](), None  # no character, at first and after some of a table
    for character in characters:
        table = tables.places.get(character.index)
        if table is None and (before or not put or not character.text.isspace()):
            if before and before.text == DIVISION and _is_beside_or_turned(before, character) and parts[-3][-1:].isalnum():
                parts[-1] = "-"
            parts.append(_parting(before, character, usual) if before else _line_end(parts))
            parts.append(character.text)
            before = character
        elif table is not None:
            if table not in put:
                put.add(table)
                parts.append(f"\n\n{tables.texts[table]}\n\n")
            before = None
    text = "".join(parts).strip("\n") if put else "".join(parts)
    return with_whole_letters(text)


def _tables(page: PdfPage, found: PageSurvey, characters: list[_Character]) -> Tables:
    """The tables of the characters that are upright as the page is shown, with heads that are written upwards."""
    upright = _of_direction(page, characters, page.upright)
    ruled = ruled_grids(page, as_shown=True) if found.table and upright else []
    borderless = list(borderless_grids([*map(_letter, upright.values())]))
    if ruled:
        upwards = _of_direction(page, characters, (page.upright + _UPWARDS) % 36)
        upright |= heads_laid_upright(upwards, upright, ruled)
    return tables_of(page, dict(sorted(upright.items())), ruled, borderless) if ruled or borderless else Tables({}, [])


def _of_direction(page: PdfPage, characters: list[_Character], direction: int) -> dict[int, Character]:
    """The visible characters of one direction by their indices, with their boxes on the page as it is shown."""
    return {
        each.index: Character(each.text, *page.as_shown(each.box))
        for each in characters
        if each.direction == direction and not each.text.isspace()
    }


def _letter(char: Character) -> Box:
    """About the box of the letter itself: that of the character is as high as its font."""
    around = (char.top - char.bottom) * _AROUND
    return char.left, char.bottom + around, char.right, char.top - around


def _superscripts(page: PdfPage, raised: Sequence[Box]) -> dict[int, str]:
    """What characters that are raised as the page is shown become, by their indices."""
    whole = page.whole_text() if raised else None
    marked = with_superscripts(page, whole, raised, as_shown=True) if whole else ""
    return {index: char for index, (char, was) in enumerate(zip(marked, whole or "", strict=True)) if char != was}


def _characters(page: PdfPage, superscripts: Mapping[int, str]) -> Iterator[_Character]:
    """The characters within the page's edges, but for those that PDFium generates to separate others."""
    handle, indices = page.text_page, range(min(page.character_count, _MOST_CHARACTERS))
    codes = map(unchecked("FPDFText_GetUnicode"), repeat(handle), indices)
    generated = map(unchecked("FPDFText_IsGenerated"), repeat(handle), indices)
    first_left, lowest, last_right, highest = page.box()
    separator = ""
    for index, char, is_generated, box in zip(indices, map(chr, codes), generated, page.character_boxes(indices), strict=True):
        left, top, right, bottom = box
        if is_generated:
            separator += char if char != "\r" else ""
        elif char != "\0" and right >= first_left and left <= last_right and top >= lowest and bottom <= highest:
            text = superscripts.get(index, char)
            is_raised = index in superscripts or (char == BRACKET and index - 1 in superscripts)
            yield _Character(text, index, separator, page.direction(index), (left, bottom, right, top), is_raised)
            separator = ""


def _line_end(parts: list[str]) -> str:
    """What ends the line before characters that follow some of a table."""
    return "\n" if parts and not parts[-1].endswith("\n") else ""


def _parting(before: _Character, character: _Character, usual: int) -> str:
    """What parts the character from the one before it; PDFium ends the line after raised figures, at times before them, too."""
    if character.is_raised and not (character.separator and _is_further(before, character, 1.0)):
        return ""  # but the mark of a footnote begins a line
    if before.direction == character.direction and before.is_raised and _is_on_line(before, character):
        is_apart = _is_further(before, character, SPACE) if "\n" in character.separator else character.separator
        return " " if is_apart else ""
    return _separator(before, character, usual)


def _separator(before: _Character, character: _Character, usual: int) -> str:
    """PDFium's separator in the page's `usual` direction, which it orders well; else what the gap between both says."""
    if before.direction != character.direction:
        return "\n"
    if character.direction == usual and character.separator:
        return character.separator
    if character.direction % 9:
        return character.separator  # boxes of slanting characters overlap and tell nothing
    start, end, low, high = _along(character)
    _, last_end, last_low, last_high = _along(before)
    height = max(high - low, last_high - last_low) or 1.0
    gap = start - last_end
    if not _is_on_line(before, character) or gap > _APART * height or gap < -_BACK * height - (end - start):
        return "\n"
    return " " if gap > SPACE * height and before.text != " " != character.text else ""


def _is_on_line(before: _Character, character: _Character) -> bool:
    _, _, low, high = _along(character)
    _, _, last_low, last_high = _along(before)
    return min(high, last_high) - max(low, last_low) >= _SHARED * min(high - low, last_high - last_low)


def _is_further(before: _Character, character: _Character, heights: float) -> bool:
    """Whether the character begins further from the end of the one before than so many of its heights."""
    start, _, low, high = _along(character)
    _, last_end, _, _ = _along(before)
    return before.direction == character.direction and abs(start - last_end) > heights * (high - low)


def _is_beside_or_turned(before: _Character, character: _Character) -> bool:
    start, _, low, _ = _along(character)
    _, last_end, last_low, last_high = _along(before)
    return before.direction != character.direction or is_beside(last_end, last_low, last_high, start, low)


def _along(character: _Character) -> tuple[float, float, float, float]:
    """Where a character starts and ends in its direction, and its lower and upper edge across it."""
    left, bottom, right, top = character.box
    match character.direction:
        case 9:
            return bottom, top, left, right
        case 27:
            return -top, -bottom, left, right
        case 18:
            return -right, -left, bottom, top
        case _:
            return left, right, bottom, top
