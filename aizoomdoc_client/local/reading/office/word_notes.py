"""The footnotes, endnotes and comments of a DOCX, which python-docx does not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from ..raised_text import raised_text
from .word_xml import WORD, is_on_value, related

_KINDS = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}
_REFERENCES = {f"{WORD}{kind}Reference": kind for kind in _KINDS.values()}


@attrs.define
class Notes:
    """Numbers the notes in the order in which the text refers to them; a note is known by its kind and id."""

    _texts: dict[tuple[str, str], str]
    _marks: dict[tuple[str, str], str] = attrs.field(factory=dict[tuple[str, str], str], init=False)
    _numbers: Counter[str] = attrs.field(factory=Counter[str], init=False)
    _pending: list[str] = attrs.field(factory=list[str], init=False)

    @classmethod
    def of_document(cls, document: Any, text_of: Callable[[Any], str]) -> Notes:
        """Those of a document; `text_of` gives the text of one."""
        return cls({key: text for key, note in _elements(document) if (text := text_of(note).strip())})

    def mark(self, element: Any) -> str:
        """The mark that the element shows, as ``¹`` where it refers to a footnote; "" for any other element.

        The first reference to a note adds it to those that `take` returns.
        """
        kind = _REFERENCES.get(element.tag)
        key = kind or "", element.get(f"{WORD}id", "")
        if kind is None or key not in self._texts:
            return ""
        if key not in self._marks:
            has_number = kind != "comment" and not is_on_value(element.get(f"{WORD}customMarkFollows"))
            self._numbers[kind] += has_number
            self._marks[key] = raised_text(str(self._numbers[kind])) if has_number else ""
            self._pending.append(f"{self._marks[key]} {self._texts[key]}".strip())
        return self._marks[key]

    def take(self) -> list[str]:
        """The lines of the notes whose first reference was read since the last call."""
        lines = [line for note in self._pending for line in note.split("\n") if line.strip()]
        self._pending.clear()
        return lines


def _elements(document: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    for kinds, kind in _KINDS.items():
        for root in related(document, kinds):
            for note in root.iterchildren(f"{WORD}{kind}"):
                yield (kind, note.get(f"{WORD}id", "")), note
