"""The tables of a DOCX: their cells in rows and columns, however they are merged and enclosed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..spanned_table import Cell, repeated
from .word_xml import children, is_on, number_of, value_of

_MOST_COLUMNS = 200
_EMPTY = Cell("")


def table_rows(table: Any, text_of: Callable[[Any], str]) -> Iterator[list[Cell]]:
    """The rows of a table but for deleted ones; `text_of` gives the text of a cell."""
    above: list[Cell] = []
    for row in children(table, "tr"):
        if value_of(row, "trPr/del") is None:
            above = _row(row, above, text_of)
            yield above


def _row(row: Any, above: list[Cell], text_of: Callable[[Any], str]) -> list[Cell]:
    is_head = is_on(row, "trPr/tblHeader")
    cells = [_EMPTY] * min(number_of(row, "trPr/gridBefore") or 0, _MOST_COLUMNS - 1)
    beyond: list[str] = []
    for cell in children(row, "tc"):
        begun = _begun(cell, cells, above, text_of)._replace(is_head=is_head)
        if len(cells) >= _MOST_COLUMNS:
            beyond.append(begun.text)
            continue
        width = min(number_of(cell, "tcPr/gridSpan") or 1, _MOST_COLUMNS - len(cells))
        cells += [begun, *[begun._replace(left=True)] * (width - 1)]
    if beyond:  # nothing is lost of a row that is too long
        cells[-1] = Cell(" ".join([cells[-1].text, *beyond]), is_head=is_head)
    return cells


def _begun(cell: Any, before: list[Cell], above: list[Cell], text_of: Callable[[Any], str]) -> Cell:
    """The cell in its first column; it may go on from the one above or, in old documents, from the one before."""
    column = len(before)
    if _goes_on(cell, "tcPr/vMerge") and column < len(above):
        return Cell(repeated(above[column].text), above=True)
    if _goes_on(cell, "tcPr/hMerge") and before:
        return before[-1]._replace(left=True)
    return Cell(text_of(cell))


def _goes_on(cell: Any, path: str) -> bool:
    return value_of(cell, path) not in {None, "restart"}
