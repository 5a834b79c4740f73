"""The rows of a table, for all formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

import attrs

from ...catalog import LocalizedText, text
from ..task import CellValue
from .columns import Columns

MOST_ROWS = 200_000
"""Rows that a table may have, without blank ones."""


class UnusableTableError(Exception):
    """The table, or the rest of it, cannot be read."""

    def __init__(self, reason: LocalizedText) -> None:
        super().__init__(reason)
        self.reason = reason


@attrs.frozen
class Uncalculated:
    """A cell with a formula without a stored result."""


@attrs.frozen
class Record:
    """A row with its number from 1, and its cells by their heads, or the problem with it."""

    number: int
    columns: Columns
    cells: Mapping[str, CellValue] = attrs.field(factory=dict[str, CellValue])
    problem: LocalizedText | None = None


def records_of(rows: Iterable[tuple[int, Sequence[CellValue | Uncalculated]]]) -> Iterator[Record]:
    """The records of numbered rows; the first row that is not blank has the heads. Blank rows are left out.

    Raises `UnusableTableError` without a column of documents, and where two heads are the same.
    """
    filled = ((number, row) for number, row in rows if any(cell not in (None, "") for cell in row))
    number, first = next(filled, (1, ()))
    heads = head_names(first)
    columns = Columns.of(heads)
    if not columns.has_documents:
        raise UnusableTableError(text("table_without_documents", columns=[each for each in heads if each] or ["—"]))
    if columns.repeated is not None:
        raise UnusableTableError(columns.repeated)
    for count, (number, row) in enumerate(filled, 1):
        if count > MOST_ROWS:
            raise UnusableTableError(text("table_too_long", most=MOST_ROWS))
        yield _record(number, columns, heads, row)


def head_names(row: Sequence[CellValue | Uncalculated]) -> list[str]:
    """The heads, stripped; "" for a missing one."""
    return ["" if cell is None or isinstance(cell, Uncalculated) else str(cell).strip().lstrip("\ufeff") for cell in row]


def _record(number: int, columns: Columns, heads: Sequence[str], row: Sequence[CellValue | Uncalculated]) -> Record:
    cells: dict[str, CellValue] = {}
    for position, (head, cell) in enumerate(zip_longest(heads, row[: len(heads)]), 1):
        if isinstance(cell, Uncalculated):
            return Record(number, columns, problem=text("cell_not_calculated", column=head or str(position)))
        if head:
            cells[head] = cell
        elif cell not in (None, ""):
            return Record(number, columns, problem=text("cell_without_head", position=position))
    if any(cell not in (None, "") for cell in row[len(heads) :]):
        return Record(number, columns, problem=text("row_too_long", count=len(row), heads=len(heads)))
    return Record(number, columns, cells)
