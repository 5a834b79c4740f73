"""What a table's row is, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

import attrs

from ...catalog import LocalizedText, text
from ..task import CellValue
from .columns import Columns

MOST_ROWS = 200_000
"""The most rows of a table that are not blank."""


class UnusableTableError(Exception):
    """There is no way to read the table, or any more of it."""

    def __init__(self, reason: LocalizedText) -> None:
        super().__init__(reason)
        self.reason = reason


@attrs.frozen
class Uncalculated:
    """A cell with a formula of which no result is stored."""


@attrs.frozen
class Record:
    """A row with its number as people count: cells by their heads, or why it cannot be read."""

    number: int
    columns: Columns
    cells: Mapping[str, CellValue] = attrs.field(factory=dict[str, CellValue])
    problem: LocalizedText | None = None


def records_of(rows: Iterable[tuple[int, Sequence[CellValue | Uncalculated]]]) -> Iterator[Record]:
    """The records of numbered rows, the first one that is not blank being the heads; blank rows are left out.

    Raises `UnusableTableError` where no head tells which column has the documents, or two are the same.
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
    """The heads without white space around them; "" where there is none."""
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
