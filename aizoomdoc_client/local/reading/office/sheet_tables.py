"""The tables of a sheet: an empty row ends one, titles above it are lines, heads of several rows become one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..markdown_table import markdown_table
from .sheet_cells import MergedCells, Rows

_MOST_HEAD_ROWS = 5
_MOST_REPEATED = 1_000_000  # cells
_LONGEST_REPEATED = 200  # characters of a cell that spans rows


def tables(rows: Rows, merged: Sequence[MergedCells]) -> Iterator[Iterator[str]]:
    """The lines of each table. A cell that spans rows is repeated in each; one that spans columns is followed by empty ones."""
    spans = {(span.first_row, span.first_column): span for span in merged}
    _repeat_down(rows, merged)
    numbers = sorted(rows)
    start = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] > number + 1:
            yield _table(rows, numbers[start : place + 1], spans)
            start = place + 1


def _repeat_down(rows: Rows, merged: Sequence[MergedCells]) -> None:
    repeated = 0
    for span in merged:
        value = rows.get(span.first_row, {}).get(span.first_column, "")[:_LONGEST_REPEATED]
        if not value or repeated > _MOST_REPEATED:
            continue
        for number in range(span.first_row + 1, span.last_row + 1):
            if number not in rows:
                break
            rows[number].setdefault(span.first_column, value)
            repeated += 1


def _table(rows: Rows, numbers: list[int], spans: dict[tuple[int, int], MergedCells]) -> Iterator[str]:
    columns = sorted({column for number in numbers for column in rows[number]})
    while len(columns) > 1 and len(numbers) > 1 and len(rows[numbers[0]]) == 1:  # a title above the heads
        yield next(iter(rows[numbers.pop(0)].values()))
    heads = _head_rows(numbers, columns, spans)
    lines = [[rows[number].get(column, "") for column in columns] for number in numbers[heads:]]
    yield from markdown_table([_heads(rows, numbers[:heads], columns, spans), *lines])


def _head_rows(numbers: list[int], columns: list[int], spans: dict[tuple[int, int], MergedCells]) -> int:
    """How many rows the heads take: as many as the highest of the cells in the first."""
    first = numbers[0]
    high = max(span.last_row - first + 1 if (span := spans.get((first, column))) else 1 for column in columns)
    return high if high <= min(_MOST_HEAD_ROWS, len(numbers) - 1) else 1


def _heads(rows: Rows, numbers: list[int], columns: list[int], spans: dict[tuple[int, int], MergedCells]) -> list[str]:
    """What stands above each column; a head that spans columns stands above each of them where there are heads below it."""
    if len(numbers) == 1:
        return [rows[numbers[0]].get(column, "") for column in columns]
    heads: dict[int, dict[str, None]] = {column: {} for column in columns}
    for number in numbers:
        until, value = 0, ""
        for column in columns:
            if column > until:
                span = spans.get((number, column))
                until, value = span.last_column if span else column, rows[number].get(column, "")
            heads[column] |= {value: None} if value else {}
    return [" ".join(values) for values in heads.values()]
