"""Words divided at the ends of lines: whole again, where their hyphens are none of a code or a name.

PDFium has a sign of its own for a hyphen after a letter with which a line ends, and no end of the line after it.
"""

from __future__ import annotations

import re

from .pdf_file import PdfPage

DIVISION = "\x02"
"""What PDFium has for such a hyphen."""

_OTHER_DIVISIONS = "\ufffe\u00ad"
# Both begin with one character, which is searched for many times faster than the sets before or after it.
_DIVIDED = re.compile(rf"{DIVISION}\s*\n?")
_DIVISION_AFTER_LETTER = re.compile(rf"{DIVISION}(?<=[^\W_].)(?=.)", re.DOTALL)
_LONGEST_PART = 20  # characters before a division that are looked at
_SAME_LINE = 0.6  # of a character's height
_GOES_ON = re.compile(r" *[^ \n]")  # after a word, on its line
_CONJUNCTION = re.compile(r"(?:и|или|либо|and|or)\b")
_HYPHEN_AT_LINE_END = re.compile(r"(?<=\w)([-/])\n(?=\w)")


def with_whole_words(text: str) -> str:
    """The text without the ends of lines within words, and without the hyphens there, but for those of codes and names.

    A part with a figure or all in capitals is of a code, and so is what goes on with a figure or a capital: ЩР-12, К-2,5.
    """
    for sign in _OTHER_DIVISIONS:
        text = text.replace(sign, DIVISION)
    return _DIVIDED.sub(_hyphen, text)


def _hyphen(found: re.Match[str]) -> str:
    """What takes the place of a division: a hyphen in codes and names, nothing in other words or without a word before it.

    A word may share its end with another one: «водо-» before «и теплоснабжение» keeps its hyphen.
    """
    text, start, end = found.string, found.start(), found.end()
    first = start
    while first and start - first < _LONGEST_PART and text[first - 1].isalnum():
        first -= 1
    part, after = text[first:start], text[end : end + 1]
    if part and _CONJUNCTION.match(text, end):
        return "- "
    is_of_code = part.isupper() or any(map(str.isdigit, part)) or after.isdigit() or after.isupper()
    return "-" if part and is_of_code else ""


def joined_lines(lines: list[str]) -> str:
    """The lines of a cell as one, without a space after a hyphen or slash with which one ends; a division within one is a hyphen.

    So that kJ/ and kg below it are kJ/kg.
    """
    whole = [line[:-1].replace(DIVISION, "-") + line[-1:] for line in lines]
    return _HYPHEN_AT_LINE_END.sub(r"\1", "\n".join(whole)).replace("\n", " ")


def with_hyphens(page: PdfPage, whole: str) -> str:
    """The page's whole text, a hyphen in the place of each division after which its line goes on."""
    indices = _divisions(whole)
    boxes = page.character_boxes([each for index in indices for each in (index, index + 1)]) if indices else []
    characters = list(whole) if indices else []
    for index, (_, top, right, bottom), (left, _, _, next_bottom) in zip(indices, boxes[::2], boxes[1::2], strict=True):
        if is_beside(right, bottom, top, left, next_bottom):
            characters[index] = "-"
    return "".join(characters) or whole


def is_beside(end: float, low: float, high: float, next_start: float, next_low: float) -> bool:
    """Whether the next character stands in the line of a hyphen; PDFium takes it for one of the next if it is a bit higher."""
    most = _SAME_LINE * (high - low)
    return next_start >= end - most and abs(next_low - low) < most


def with_line_ends(page: PdfPage, text: str, whole: str) -> tuple[str, str]:
    """The page's text and whole text `with_hyphens`, and the text with the line ends that it has lost after divided words.

    PDFium leaves one out where what follows stands as high as the last line that it began: for a divided word in a cell of a
    table this is its first part, and the text of the cell beside would go on the second.
    """
    places, indices = _divisions(text), _divisions(whole)
    if len(indices) > len(places):
        indices = page.on_page(indices)
    if len(indices) != len(places):
        return text, whole
    marked = with_hyphens(page, whole)
    characters = list(text)
    for place, index in zip(places, indices, strict=True):
        characters[place] = marked[index]
        rest = whole[index : max(index, whole.find("\r", index))].rstrip()
        end = place + len(rest)
        if rest and text.startswith(rest, place) and _GOES_ON.match(text, end):
            characters[end - 1] = f"{rest[-1]}\n"
    return "".join(characters), marked


def _divisions(text: str) -> list[int]:
    """Where words are divided; a font's own sign may have the same code, but does not follow a letter."""
    return [found.start() for found in _DIVISION_AFTER_LETTER.finditer(text)]
