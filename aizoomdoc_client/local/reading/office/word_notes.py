"""The footnotes, endnotes and comments of a DOCX, which python-docx does not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from ..raised_text import raised_text
from .word_xml import WORD, related

_KINDS = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}
_REFERENCES = {f"{WORD}{kind}Reference": kind for kind in _KINDS.values()}


@attrs.define
class Notes:
    """Gives each note where the text refers to it, and numbers those that have a number there."""

    _texts: dict[tuple[str, str], str]
    _marks: dict[tuple[str, str], str] = attrs.field(factory=dict[tuple[str, str], str], init=False)
    _numbers: Counter[str] = attrs.field(factory=Counter[str], init=False)
    _waiting: list[str] = attrs.field(factory=list[str], init=False)

    @classmethod
    def of_document(cls, document: Any, text_of: Callable[[Any], str]) -> Notes:
        """Those of a document; `text_of` gives the text of one."""
        return cls({place: text for place, note in _elements(document) if (text := text_of(note).strip())})

    def mark(self, element: Any) -> str:
        """What the text shows where the element refers to a note, and "" where it shows nothing."""
        kind = _REFERENCES.get(element.tag)
        place = kind or "", element.get(f"{WORD}id", "")
        if kind is None or place not in self._texts:
            return ""
        if place not in self._marks:
            has_number = kind != "comment" and element.get(f"{WORD}customMarkFollows") in {None, "0", "false", "off"}
            self._numbers[kind] += has_number
            self._marks[place] = raised_text(str(self._numbers[kind])) if has_number else ""
            self._waiting.append(f"{self._marks[place]} {self._texts[place]}".strip())
        return self._marks[place]

    def taken(self) -> list[str]:
        """The lines of the notes that were referred to since this was asked for."""
        lines = [line for note in self._waiting for line in note.split("\n") if line.strip()]
        self._waiting.clear()
        return lines


def _elements(document: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    for kinds, kind in _KINDS.items():
        for root in related(document, kinds):
            for note in root.iterchildren(f"{WORD}{kind}"):
                yield (kind, note.get(f"{WORD}id", "")), note
