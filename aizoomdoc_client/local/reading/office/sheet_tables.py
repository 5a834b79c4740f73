"""The tables of a sheet: an empty row ends one, unless the rows below continue it; its titles become lines, its heads one row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from ..markdown_table import markdown_table
from ..spanned_table import FIRST_ROWS, Cell, is_figure, joined_heads, layout, repeated, title_line
from .sheet_cells import MergedCells, Rows

_MOST_REPEATED = 1_000_000  # cells that get the text of the merged cell above them
_MOST_GROUPS = 2  # rows of one cell, names of groups, with which a block that continues a table may begin
_COMPARED = 10  # rows at the end of a table, whose columns the rows below are compared with
_CAPTION = re.compile(r"\s*(?:Таблица|Table)\b", re.IGNORECASE)


def tables(rows: Rows, merged: Sequence[MergedCells]) -> Iterator[Iterator[str]]:
    """The lines of each table. A cell that spans rows is repeated in each; one that spans columns is followed by empty ones."""
    spans = {(span.first_row, span.first_column): span for span in merged}
    _repeat_down(rows, merged)
    found: list[list[int]] = []
    for block in _blocks(sorted(rows)):
        if found and _continues(rows, found[-1], block):
            found[-1] += block
        else:
            found.append(block)
    for numbers in found:
        yield _table(rows, numbers, spans)


def _blocks(numbers: Sequence[int]) -> Iterator[list[int]]:
    """The numbers of consecutive rows without an empty one between them."""
    start = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] > number + 1:
            yield [*numbers[start : place + 1]]
            start = place + 1


def _continues(rows: Rows, before: Sequence[int], block: Sequence[int]) -> bool:
    """Whether the block continues the table `before`: its first row has figures or codes, each in a column that has the like.

    Up to two rows with names of groups may come before that row, but no caption of another table.
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
    figures_and_codes = [(column, kind) for column, text in first.items() if (kind := _kind(text)) != "words"]
    return bool(figures_and_codes) and all(kind in kinds[column] for column, kind in figures_and_codes)


def _kind(text: str) -> str:
    if is_figure(text):
        return "figure"
    return "code" if any(map(str.isdigit, text)) else "words"


def _repeat_down(rows: Rows, merged: Sequence[MergedCells]) -> None:
    """Gives the text of a cell that spans rows to the first column of each of them."""
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
    first = [_cells(rows, number, columns, spans) for number in numbers[:FIRST_ROWS]]
    _mark_spans_down(first, numbers, columns, spans)
    titles, heads = layout(first, len(numbers))
    yield from map(title_line, first[:titles])
    lines = ([rows[number].get(column, "") for column in columns] for number in numbers[titles + heads :])
    yield from markdown_table([joined_heads(first[titles : titles + heads]), *lines])


def _cells(rows: Rows, number: int, columns: Sequence[int], spans: dict[tuple[int, int], MergedCells]) -> list[Cell]:
    """The cells of a row; one that spans columns is repeated in each."""
    cells: list[Cell] = []
    until, value = 0, ""
    for column in columns:
        is_left = column <= until and not rows[number].get(column)
        if not is_left:
            span = spans.get((number, column))
            until, value = span.last_column if span else column, rows[number].get(column, "")
        cells.append(Cell(value, left=is_left))
    return cells


def _mark_spans_down(
    cells: list[list[Cell]], numbers: Sequence[int], columns: Sequence[int], spans: dict[tuple[int, int], MergedCells]
) -> None:
    """Marks the cells that are part of one that begins in a row above."""
    for place, column in enumerate(columns):
        until = 0
        for row, number in zip(cells, numbers, strict=False):
            if number <= until:
                row[place] = row[place]._replace(above=True)
            elif span := spans.get((number, column)):
                until = span.last_row
