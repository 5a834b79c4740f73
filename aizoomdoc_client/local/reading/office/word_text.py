"""The text of a DOCX's elements with all tracked changes accepted."""

from __future__ import annotations

from typing import Any

import attrs

from ..raised_text import raised_text
from .word_notes import Notes
from .word_numbers import ParagraphNumbers
from .word_xml import WORD, number_of, value_of

_LEFT_OUT = {
    f"{WORD}del",
    f"{WORD}moveFrom",
    f"{WORD}pPr",
    f"{WORD}rPr",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_BREAKS = {f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}tab": "\t", f"{WORD}noBreakHyphen": "-", f"{_MATH}den": "/"}
_RAISED_FROM = 4  # half-points above the line; less is a correction of the layout
# Codes of the font Symbol, without F000.
_SYMBOLS = {0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "·", 0xC6: "Ø", 0x44: "Δ", 0x6D: "μ"}


@attrs.frozen
class WordTextReader:
    """Reads the text of elements; `raised_styles` are the ids of the styles whose text is raised.

    With `numbers`, paragraphs within an element, as in a table's cell, begin with their numbers; with `notes`, references to
    notes become marks.
    """

    raised_styles: frozenset[str] = frozenset()
    numbers: ParagraphNumbers | None = None
    notes: Notes | None = None

    @classmethod
    def of_document(cls, document: Any) -> WordTextReader:
        """The reader of a document, with its numbers and notes."""
        styles = document.styles.element.iterchildren(f"{WORD}style")
        plain = cls(frozenset(style.get(f"{WORD}styleId") for style in styles if _is_raised(style)))
        notes = Notes.of_document(document, plain.text)
        return attrs.evolve(plain, numbers=ParagraphNumbers.of_document(document), notes=notes)

    @property
    def plain(self) -> WordTextReader:
        """A reader without numbers and notes, as for headers, whose paragraphs are not counted with those of the text."""
        return attrs.evolve(self, numbers=None, notes=None)

    def text(self, element: Any) -> str:
        """The text of an element, with that of text boxes and without deleted text."""
        pieces: list[str] = []
        raised_by_position: bool | None = None
        stack = [(element, False)]  # no recursion: elements may be nested deeper than Python's calls
        while stack:
            current, is_raised = stack.pop()
            if current.tag in _LEFT_OUT:
                continue
            if current.tag in {f"{WORD}t", f"{_MATH}t"}:
                pieces.append(raised_text(current.text or "") if is_raised else current.text or "")
            elif current.tag == f"{WORD}sym":
                pieces.append(_symbol(current))
            elif current.tag in _BREAKS:
                pieces.append(_BREAKS[current.tag])
            elif current.tag == f"{WORD}p" and current is not element:
                raised_by_position = None
                pieces.append(self._start(current, is_first=not pieces or pieces[-1].endswith("\n")))
            elif current.tag == f"{WORD}r":
                raised_by_position = _is_raised_by_position(current, pieces, previous_run=raised_by_position)
                is_raised = (
                    _is_raised(current) or value_of(current, "rPr/rStyle") in self.raised_styles or raised_by_position is True
                )
            elif current.tag == f"{_MATH}sup":
                is_raised = True
            elif self.notes and (mark := self.notes.mark(current)):
                pieces.append(mark)
            stack += [(child, is_raised) for child in reversed(current)]
        return "".join(pieces)

    def count(self, paragraph: Any) -> str:
        """Counts a paragraph and returns its number; call it once for each, in their order."""
        return self.numbers.count(paragraph) if self.numbers else ""

    def _start(self, paragraph: Any, *, is_first: bool) -> str:
        """A line end, unless the paragraph is the first of its line, and the paragraph's number."""
        number = self.count(paragraph)
        line_end = "" if is_first else "\n"
        return f"{line_end}{number} " if number else line_end


def _is_raised(element: Any) -> bool:
    """Whether the properties of a run or a style raise its text."""
    return value_of(element, "rPr/vertAlign") == "superscript"


def _is_raised_by_position(run: Any, pieces: list[str], *, previous_run: bool | None) -> bool | None:
    """Whether a run whose position is above the line is a superscript; None for a run whose position is not.

    It is one where text precedes it without a space: the whole text of a cell may be above the line without being a superscript.
    `previous_run` is this result for the run before, which a run above the line shares.
    """
    if (number_of(run, "rPr/position") or 0) < _RAISED_FROM:
        return None
    return previous_run if previous_run is not None else bool(pieces and pieces[-1][-1:].strip())


def _symbol(element: Any) -> str:
    """A character of the font Symbol; documents write its code with F000 added or without."""
    code = element.get(f"{WORD}char", "")
    try:
        return _SYMBOLS.get(int(code, 16) & 0xFF, "") if element.get(f"{WORD}font") == "Symbol" else ""
    except ValueError:
        return ""
