"""The text of a DOCX's elements, as it is read after all changes in them."""

from __future__ import annotations

from typing import Any

import attrs

from ..raised_text import raised_text
from .word_notes import Notes
from .word_numbers import Numbers
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
_LIFTED = 4  # halves of a point; less is done for the looks
_SYMBOLS = {0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "·", 0xC6: "Ø", 0x44: "Δ", 0x6D: "μ"}


@attrs.frozen
class WordText:
    """Gives the text of elements; `raised_styles` are the ids of the styles whose text is raised.

    Paragraphs in a table's cells and in text boxes begin with their numbers, and references have the marks of their notes, where
    these are given.
    """

    raised_styles: frozenset[str] = frozenset()
    numbers: Numbers | None = None
    notes: Notes | None = None

    @classmethod
    def of_document(cls, document: Any) -> WordText:
        """That of a document's elements."""
        styles = document.styles.element.iterchildren(f"{WORD}style")
        beside = cls(frozenset(style.get(f"{WORD}styleId") for style in styles if _is_raised(style)))
        notes = Notes.of_document(document, beside.of)
        return attrs.evolve(beside, numbers=Numbers.of_document(document), notes=notes)

    @property
    def beside(self) -> WordText:
        """That of what stands beside the text, where paragraphs are not counted with those in it."""
        return attrs.evolve(self, numbers=None, notes=None)

    def of(self, element: Any) -> str:
        """The text of an element, with that of text boxes, but for deleted text."""
        pieces: list[str] = []
        lifted: bool | None = None
        waiting = [(element, False)]  # elements may be nested deeper than calls
        while waiting:
            current, is_raised = waiting.pop()
            if current.tag in _LEFT_OUT:
                continue
            if current.tag in {f"{WORD}t", f"{_MATH}t"}:
                pieces.append(raised_text(current.text or "") if is_raised else current.text or "")
            elif current.tag == f"{WORD}sym":
                pieces.append(_symbol(current))
            elif current.tag in _BREAKS:
                pieces.append(_BREAKS[current.tag])
            elif current.tag == f"{WORD}p" and current is not element:
                lifted = None
                pieces.append(self._start(current, is_first=not pieces or pieces[-1].endswith("\n")))
            elif current.tag == f"{WORD}r":
                lifted = _is_lifted(current, pieces, before=lifted)
                is_raised = _is_raised(current) or value_of(current, "rPr/rStyle") in self.raised_styles or lifted is True
            elif current.tag == f"{_MATH}sup":
                is_raised = True
            elif self.notes and (mark := self.notes.mark(current)):
                pieces.append(mark)
            waiting += [(child, is_raised) for child in reversed(current)]
        return "".join(pieces)

    def number_of(self, paragraph: Any) -> str:
        """The number of a paragraph, or the sign of a list; to be asked for once for each, in order."""
        return self.numbers.of(paragraph) if self.numbers else ""

    def _start(self, paragraph: Any, *, is_first: bool) -> str:
        """What stands before the text of a paragraph within an element, which may be the first in its line."""
        number = self.number_of(paragraph)
        line_end = "" if is_first else "\n"
        return f"{line_end}{number} " if number else line_end


def _is_raised(element: Any) -> bool:
    """Whether the properties of a run or a style raise its text."""
    return value_of(element, "rPr/vertAlign") == "superscript"


def _is_lifted(run: Any, pieces: list[str], *, before: bool | None) -> bool | None:
    """Whether a run that its position lifts is raised above the text before it; None where it is not lifted.

    `before` is the result for the run before: lifted runs after one another are raised together, or not. They are not where no
    text is before them: the text of a cell may be lifted as a whole.
    """
    if (number_of(run, "rPr/position") or 0) < _LIFTED:
        return None
    return before if before is not None else bool(pieces and pieces[-1][-1:].strip())


def _symbol(element: Any) -> str:
    """A sign of the font Symbol, whose codes are the same with and without F000."""
    code = element.get(f"{WORD}char", "")
    try:
        return _SYMBOLS.get(int(code, 16) & 0xFF, "") if element.get(f"{WORD}font") == "Symbol" else ""
    except ValueError:
        return ""
