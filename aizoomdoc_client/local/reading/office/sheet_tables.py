"""The tables of a sheet: an empty row ends one, unless its rows go on below; titles above it are lines, its heads are one row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from ..markdown_table import markdown_table
from ..spanned_table import LOOKED_AT, Cell, is_figure, joined_heads, layout, repeated, title_line
from .sheet_cells import MergedCells, Rows

_MOST_REPEATED = 1_000_000  # cells
_MOST_GROUPS = 2  # rows of one cell above the others of a block
_COMPARED = 10  # rows at the end of a table
_CAPTION = re.compile(r"\s*(?:Таблица|Table)\b", re.IGNORECASE)


def tables(rows: Rows, merged: Sequence[MergedCells]) -> Iterator[Iterator[str]]:
    """The lines of each table. A cell that spans rows is repeated in each; one that spans columns is followed by empty ones."""
    spans = {(span.first_row, span.first_column): span for span in merged}
    _repeat_down(rows, merged)
    found: list[list[int]] = []
    for block in _blocks(sorted(rows)):
        if found and _goes_on(rows, found[-1], block):
            found[-1] += block
        else:
            found.append(block)
    for numbers in found:
        yield _table(rows, numbers, spans)


def _blocks(numbers: Sequence[int]) -> Iterator[list[int]]:
    """The numbers of rows between which no row is empty."""
    start = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] > number + 1:
            yield [*numbers[start : place + 1]]
            start = place + 1


def _goes_on(rows: Rows, before: Sequence[int], block: Sequence[int]) -> bool:
    """Whether the block has further rows of the table before: figures and codes, each in a column that has such.

    The name of a group may stand above them, but no caption of another table.
    """
    groups = [*takewhile(lambda number: len(rows[number]) == 1, block[: _MOST_GROUPS + 1])]
    if len(before) < 2 or len(groups) == min(len(block), _MOST_GROUPS + 1):
        return False
    if any(_CAPTION.match(text) for number in groups for text in rows[number].values()):
        return False
    kinds: dict[int, set[str]] = {column: set() for column in rows[before[0]]}
    for number in (*before[1:3], *before[-_COMPARED:]):
        for column, text in rows[number].items():
            kinds.setdefault(column, set()).add(_kind(text))
    first = rows[block[len(groups)]]
    if not first.keys() <= kinds.keys():
        return False
    told = [(column, kind) for column, text in first.items() if (kind := _kind(text)) != "words"]
    return bool(told) and all(kind in kinds[column] for column, kind in told)


def _kind(text: str) -> str:
    if is_figure(text):
        return "figure"
    return "code" if any(map(str.isdigit, text)) else "words"


def _repeat_down(rows: Rows, merged: Sequence[MergedCells]) -> None:
    count = 0
    for span in merged:
        value = repeated(rows.get(span.first_row, {}).get(span.first_column, ""))
        if not value or count > _MOST_REPEATED:
            continue
        for number in range(span.first_row + 1, span.last_row + 1):
            if number not in rows:
                break
            rows[number].setdefault(span.first_column, value)
            count += 1


def _table(rows: Rows, numbers: list[int], spans: dict[tuple[int, int], MergedCells]) -> Iterator[str]:
    columns = sorted({column for number in numbers for column in rows[number]})
    first = [_cells(rows, number, columns, spans) for number in numbers[:LOOKED_AT]]
    _note_spans_down(first, numbers, columns, spans)
    titles, heads = layout(first, len(numbers))
    yield from map(title_line, first[:titles])
    lines = ([rows[number].get(column, "") for column in columns] for number in numbers[titles + heads :])
    yield from markdown_table([joined_heads(first[titles : titles + heads]), *lines])


def _cells(rows: Rows, number: int, columns: Sequence[int], spans: dict[tuple[int, int], MergedCells]) -> list[Cell]:
    """The cells of a row, of which one that spans columns is found in each."""
    cells: list[Cell] = []
    until, value = 0, ""
    for column in columns:
        is_left = column <= until and not rows[number].get(column)
        if not is_left:
            span = spans.get((number, column))
            until, value = span.last_column if span else column, rows[number].get(column, "")
        cells.append(Cell(value, left=is_left))
    return cells


def _note_spans_down(
    cells: list[list[Cell]], numbers: Sequence[int], columns: Sequence[int], spans: dict[tuple[int, int], MergedCells]
) -> None:
    """Marks the cells that go on from the row above them."""
    for place, column in enumerate(columns):
        until = 0
        for row, number in zip(cells, numbers, strict=False):
            if number <= until:
                row[place] = row[place]._replace(above=True)
            elif span := spans.get((number, column)):
                until = span.last_row
