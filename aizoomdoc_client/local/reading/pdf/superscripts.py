"""Marks of footnotes and powers: raised figures, which PDFium joins to the ones before, so that 2400¹ would be 24001."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..raised_text import raised_text
from .divided_words import DIVISION, with_line_ends
from .pdf_file import SPACE, Box, PdfPage, in_halves, with_whole_letters

BRACKET = ")"
"""Of the mark 1)."""

NO_LINE_END = "\u2060"
"""A word joiner, which takes no room: stands in the place of an end of a line after which the line goes on."""

_LINE_END = "\r\n"  # PDFium's, of characters that the page does not have
_AROUND = 5  # characters on either side of one that may be of the same run

# Of the size of the font of what is raised above.
_SAME_LINE = 0.08  # an index stands lower by more
SMALLER = 0.92  # Chromium and WeasyPrint make raised text 5/6 as large
HIGHER = 0.15

_SIGNS = "-−–+"
# Of 10-³, where only the 3 was found to be raised; the line may have ended before it.
_SIGN = re.compile(rf"[{_SIGNS}](?=[⁰¹²³⁴-⁹])(?:(?<=\d.)|(?<=\d\s.)|(?<=\d\s\s.))")


def text_with_superscripts(page: PdfPage, raised: Sequence[Box]) -> str:
    """The page's text with raised figures in superscript characters."""
    text = page.text()
    whole = page.whole_text() if raised or DIVISION in text else None
    return text if whole is None else with_whole_letters(_with_raised(page, in_halves(text), whole, raised))


def _with_raised(page: PdfPage, text: str, whole: str, raised: Sequence[Box]) -> str:
    """The page's text, with halves of letters as the whole text has them, and raised figures in superscript characters."""
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
        place = places[number]
        characters[place] = marked[indices[number]]
        if number and not is_raised[number - 1] and text[place - 1] == "\n" and _goes_on(page, *indices[number - 1 : number + 1]):
            characters[place - 1] = ""  # PDFium ended the line before the figure
        last = number + text.startswith(BRACKET, place + 1)
        if number and last + 1 < len(places) and text.startswith("\n", places[last] + 1):
            # PDFium ended the line after the figure, which goes on if what follows is beside what is before.
            before = next((other for other in range(number - 1, -1, -1) if not is_raised[other]), number)
            if _are_on_one_line(page, indices[before], indices[last + 1]):
                is_apart = not text[places[last] + 2].isspace() and _are_apart(page, indices[last], indices[last + 1])
                characters[places[last] + 1] = " " if is_apart else ""
    return "".join(characters)


def with_lines_that_go_on(page: PdfPage, whole: str, marked: str) -> str:
    """The page's whole text `with_superscripts`; ends of lines beside raised figures are spaces or `NO_LINE_END`."""
    raised = {index for index, (char, was) in enumerate(zip(marked, whole, strict=True)) if char != was}
    characters = list(marked) if raised else []
    for index in raised:
        if whole.endswith(_LINE_END, 0, index) and index - 3 not in raised and _goes_on(page, index - 3, index):
            characters[index - 2 : index] = NO_LINE_END * 2
        last = index + whole.startswith(BRACKET, index + 1)
        after = last + 1 + len(_LINE_END)
        if whole.startswith(_LINE_END, last + 1) and after < len(whole) and after not in raised:
            before = next((other for other in range(index, -1, -1) if other not in raised and not whole[other].isspace()), index)
            if _are_on_one_line(page, before, after):
                is_apart = _are_apart(page, last, after)
                characters[last + 1 : after] = (" " if is_apart else NO_LINE_END) * 2
    return "".join(characters) or marked


def _visible(text: str) -> list[int]:
    """The places of what is no white space: PDFium's two texts have it in the same order."""
    return [place for place, char in enumerate(text) if not char.isspace()]


def with_superscripts(page: PdfPage, whole: str, raised: Sequence[Box], *, as_shown: bool = False) -> str:
    """The page's whole text, each raised figure of it in another character, and the sign of a power.

    With `as_shown` its lines run along the page as that is shown, else as it is stored.
    """
    characters = list(whole)
    seen = page.as_shown if as_shown else _as_stored
    for run in raised:
        indices = _characters_of(page, run, len(whole), seen)
        text = "".join(characters[index] for index in indices)
        if any(map(str.isdecimal, text)) and _are_raised(page, whole, characters, indices):
            for index, char in zip(indices, raised_text(text), strict=True):
                characters[index] = char
    marked = "".join(characters)
    return whole if marked == whole else _SIGN.sub(lambda sign: raised_text(sign[0]), marked)


def _as_stored(box: Box) -> Box:
    return box


def _characters_of(page: PdfPage, run: Box, count: int, seen: Callable[[Box], Box]) -> list[int]:
    """The indices of the characters in the run; `seen` turns boxes so that its line runs from left to right."""
    start, low, end, high = run
    found = page.file.raw.FPDFText_GetCharIndexAtPos(page.text_page, (start + end) / 2, (low + high) / 2, end - start, high - low)
    near = range(max(0, found - _AROUND), min(count, found + _AROUND + 1)) if found >= 0 else range(0)
    boxes = zip(near, (seen((left, low, right, high)) for left, high, right, low in page.character_boxes(near)), strict=True)
    first, lowest, last, highest = seen(run)
    middle = (lowest + highest) / 2
    return [index for index, (left, low, right, high) in boxes if first <= (left + right) / 2 <= last and low <= middle <= high]


def _are_raised(page: PdfPage, whole: str, marked: Sequence[str], indices: Sequence[int]) -> bool:
    """Whether the figures are smaller than what they are raised above and stand higher.

    That is what comes before their sign and other raised figures, or the text of a footnote that begins with its mark.
    """
    first, after = indices[0], indices[-1] + 1
    for before in range(first - 1, -1, -1):
        char = whole[before]
        if not char.isspace() and char not in _SIGNS and marked[before] == char:
            if _is_smaller_and_higher(page, first, before):
                return True
            break
    after += whole.startswith(" ", after)
    begins_line = first == 0 or whole[first - 1].isspace()
    return begins_line and whole[after : after + 1].isalpha() and _is_smaller_and_higher(page, first, after)


def _is_smaller_and_higher(page: PdfPage, index: int, other: int) -> bool:
    (size, line), (own_size, own_line) = page.size_and_line(other), page.size_and_line(index)
    return own_size < SMALLER * size and HIGHER * size < own_line - line


def _goes_on(page: PdfPage, before: int, index: int) -> bool:
    """Whether raised figures after the end of a line are of that line, rather than the mark with which a footnote begins."""
    (_, _, right, _), (left, *_) = page.character_boxes([before, index])
    return abs(left - right) < page.size_and_line(index)[0]


def _are_on_one_line(page: PdfPage, before: int, after: int) -> bool:
    """Whether what comes after raised figures goes on beside what is before them: PDFium ends the line there."""
    (_, _, right, _), (left, *_) = page.character_boxes([before, after])
    (size, line), (_, other_line) = page.size_and_line(before), page.size_and_line(after)
    return left > right and abs(other_line - line) < _SAME_LINE * size


def _are_apart(page: PdfPage, before: int, after: int) -> bool:
    (_, top, right, bottom), (left, *_) = page.character_boxes([before, after])
    return left - right > SPACE * (top - bottom)
