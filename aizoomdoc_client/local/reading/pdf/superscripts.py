"""Marks of footnotes and powers: raised figures, which PDFium joins to the ones before, so that 2400¹ would be 24001."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..raised_text import raised_text
from .divided_words import DIVISION, with_line_ends
from .pdf_file import Box, PdfPage

_AROUND = 5  # characters that may be of the same run
_SAME_LINE = 0.3  # of a character's height
_SIGN = re.compile(r"(?<=\d)[-−–+](?=[⁰¹²³⁴-⁹])")


def text_with_superscripts(page: PdfPage, raised: Sequence[Box]) -> str:
    """The page's text with raised figures in superscript characters."""
    text = page.text()
    whole = page.whole_text() if raised or DIVISION in text else None
    if whole is None:
        return text
    if DIVISION in text:
        text, whole = with_line_ends(page, text, whole)
    marked = with_superscripts(page, whole, raised)
    if marked == whole:
        return text
    places, indices = _visible(text), _visible(whole)
    if len(indices) > len(places):
        indices = page.on_page(indices)
    if [text[place] for place in places] != [whole[index] for index in indices]:
        return text
    characters = list(text)
    is_raised = [marked[index] != whole[index] for index in indices]
    for number in (number for number, each in enumerate(is_raised) if each):
        characters[places[number]] = marked[indices[number]]
        if number and number + 1 < len(places) and text.startswith("\n", places[number] + 1):
            before = next((other for other in range(number - 1, -1, -1) if not is_raised[other]), number)
            if _are_on_one_line(page, indices[before], indices[number + 1]):
                characters[places[number] + 1] = "" if text[places[number] + 2].isspace() else " "
    return "".join(characters)


def _visible(text: str) -> list[int]:
    return [place for place, char in enumerate(text) if not char.isspace()]


def with_superscripts(page: PdfPage, whole: str, raised: Sequence[Box], *, as_shown: bool = False) -> str:
    """The page's whole text, each raised figure of it in another character, and the sign of a power.

    With `as_shown` its lines run along the page as that is shown, else as it is stored.
    """
    characters = list(whole)
    for run in raised:
        indices = _indices(page, run, len(whole), page.as_shown if as_shown else _as_stored)
        text = "".join(characters[index] for index in indices)
        if any(map(str.isdecimal, text)):
            for index, char in zip(indices, raised_text(text), strict=True):
                characters[index] = char
    return _SIGN.sub(lambda sign: raised_text(sign.group()), "".join(characters))


def _as_stored(box: Box) -> Box:
    return box


def _indices(page: PdfPage, run: Box, count: int, seen: Callable[[Box], Box]) -> list[int]:
    """Which characters are in the run, along the line that it is `seen` on."""
    start, low, end, high = run
    found = page.file.raw.FPDFText_GetCharIndexAtPos(
        page.characters, (start + end) / 2, (low + high) / 2, end - start, high - low
    )
    near = range(max(0, found - _AROUND), min(count, found + _AROUND + 1)) if found >= 0 else range(0)
    boxes = zip(near, (seen((left, low, right, high)) for left, high, right, low in page.character_boxes(near)), strict=True)
    first, lowest, last, highest = seen(run)
    middle = (lowest + highest) / 2
    return [index for index, (left, low, right, high) in boxes if first <= (left + right) / 2 <= last and low <= middle <= high]


def _are_on_one_line(page: PdfPage, before: int, after: int) -> bool:
    """Whether what comes after raised figures goes on beside what is before them: PDFium ends the line there."""
    (_, top, right, bottom), (left, other_top, _, other_bottom) = page.character_boxes([before, after])
    return left > right and abs(other_bottom - bottom) < _SAME_LINE * max(top - bottom, other_top - other_bottom)
