"""The tables of a DOCX: their cells in rows and columns, however they are merged and enclosed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..spanned_table import MOST_COLUMNS, Cell, join_to_last, repeated
from .word_xml import children, is_on, number_of, value_of

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
    cells = [_EMPTY] * min(number_of(row, "trPr/gridBefore") or 0, MOST_COLUMNS - 1)
    excess: list[str] = []
    for cell in children(row, "tc"):
        first = _first_part(cell, cells, above, text_of)._replace(is_head=is_head)
        if len(cells) >= MOST_COLUMNS:
            excess.append(first.text)
            continue
        width = min(number_of(cell, "tcPr/gridSpan") or 1, MOST_COLUMNS - len(cells))
        cells += [first, *[first._replace(left=True)] * (width - 1)]
    join_to_last(cells, excess)
    return cells


def _first_part(cell: Any, before: list[Cell], above: list[Cell], text_of: Callable[[Any], str]) -> Cell:
    """The cell in its first column; it may continue the one above or, in old documents, the one before."""
    column = len(before)
    if _is_continued(cell, "tcPr/vMerge") and column < len(above):
        return Cell(repeated(above[column].text), above=True)
    if _is_continued(cell, "tcPr/hMerge") and before:
        return before[-1]._replace(left=True)
    return Cell(text_of(cell))


def _is_continued(cell: Any, path: str) -> bool:
    return value_of(cell, path) not in {None, "restart"}
