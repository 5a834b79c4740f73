"""Which heads a table has: its own, or those of the table that goes on in it, on the same page or on the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from .pdf_file import LastTable, PdfPage
from .rules import Grid
from .table_cells import NUMBER, Row, TableCells

_DIGIT = re.compile(r"\d")
_NUMBER_WITH_UNIT = re.compile(r"[<>≤≥~±+–(-]?\s?\d[\d\s.,()%/×x–-]*[^\W\d_]{0,3}[.²³]?\)?")  # 24,5 or (≥ 10) or 12 м² or 3 шт.
_LETTER = re.compile(r"[^\W\d_]")
_WORDS_OF_HEAD = re.compile(r"(?:\D|(?<=[мm])[23])+")  # of units such as m3 the digit counts as a letter
_FEWEST_NUMBERS = 2
_CAPTION = re.compile(r"^\s*(?:Таблица|Table)\s", re.IGNORECASE | re.MULTILINE)
_CAPTION_HEIGHT = 40.0  # points; of one of two lines
_MOST_LINES_ABOVE = 3  # above a table that begins the page: a running title, a number, that the table goes on
_SAME_PLACE = 3  # points


@attrs.frozen
class TableRows:
    """The rows of a table, the first of which is that of its heads, and the titles that stand in it above these."""

    rows: Sequence[Row]
    titles: Sequence[str] = ()


def rows_with_heads(cells: TableCells, grid: Grid, page: PdfPage) -> TableRows:
    """The rows of the cells; where they go on with another table, under the heads of that.

    A first row that is one cell over all columns is a title; where the table goes on, it is the heading of a group of rows.
    """
    titles = cells.titles()
    heads, end = cells.heads(len(titles))
    last = continued_table(grid, page)
    if last is None or _are_heads(heads, last, grid, page):
        return TableRows([heads, *cells.body(end)], titles)
    if heads == tuple(str(number) for number in range(1, len(heads) + 1)):
        return TableRows([last.heads, *cells.body(end)], titles)
    return TableRows([last.heads, *cells.body(0)])


def remember(rows: Sequence[Row], grid: Grid, page: PdfPage) -> None:
    """Keeps the heads of a table for parts of it that come later, on this page or the next."""
    near = [last for last in page.file.last_tables if _is_near(last, page)]
    same = (last for last in near if has_columns_at(grid, last.xs) and last.heads == rows[0])
    before = next((last.number_counts for last in same), (0,) * len(rows[0]))
    counts = tuple(_number_count(column, count) for column, count in zip(zip(*rows[1:], strict=True), before, strict=True))
    others = [last for last in near if not has_columns_at(grid, last.xs)]
    page.file.last_tables = [*others, LastTable(page.index, grid.xs, rows[0], counts)]


def continued_table(grid: Grid, page: PdfPage) -> LastTable | None:
    """The table of this page or the one before that may go on in the grid, because its columns were at the same places.

    None where a caption above the grid announces another table.
    """
    found = next((last for last in page.file.last_tables if _is_near(last, page) and has_columns_at(grid, last.xs)), None)
    return None if found and _has_caption(grid, page) else found


def has_columns_at(grid: Grid, xs: Sequence[float]) -> bool:
    """Whether the grid has as many columns as those, and they begin at the same places."""
    return len(xs) == len(grid.xs) and all(abs(x - own) <= _SAME_PLACE for x, own in zip(xs[:-1], grid.xs[:-1], strict=True))


def _has_caption(grid: Grid, page: PdfPage) -> bool:
    """Whether a new table is announced right above the grid. Not looked for on a page that is shown turned."""
    above = (grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[0] + _CAPTION_HEIGHT)
    return not page.is_turned() and _CAPTION.search(page.text_within(above)) is not None


def _is_near(last: LastTable, page: PdfPage) -> bool:
    return last.page >= page.index - 1


def _are_heads(row: Row, last: LastTable, grid: Grid, page: PdfPage) -> bool:
    """Whether the first row of a grid with the columns of the `last` table is of heads: its own, or those of `last` once more.

    A ruled table that begins a page goes on with that of the page before, unless one of its heads is there again, or words where
    that table has numbers. On the same page a row without an empty cell or a digit is of heads, too.
    """
    if any(map(NUMBER.fullmatch, row)):
        return False
    if not grid.across or any(cell and cell == head for cell, head in zip(row, last.heads, strict=True)):
        return True
    if (last.page < page.index and not _begins_page(grid, page)) or _has_heads_above_numbers(row, last):
        return True
    return last.page == page.index and all(row) and not any(map(_DIGIT.search, row))


def _has_heads_above_numbers(row: Row, last: LastTable) -> bool:
    """Whether the row has other words in each column in which the last table has only numbers, one of them with a capital.

    A row of the table itself has some numbers there. What stands in the place of one, such as "to order", begins small. Where
    there is only one such column, all cells of the row have to be words.
    """
    words = [cell for cell, count in zip(row, last.number_counts, strict=True) if count >= _FEWEST_NUMBERS]
    if len(words) == 1:
        words = list(row)
    are_words = all(_LETTER.search(cell) and _WORDS_OF_HEAD.fullmatch(cell) for cell in words)
    return are_words and len(set(words)) == len(words) and any(cell[0].isupper() for cell in words)


def _number_count(cells: Sequence[str], before: int) -> int:
    """How many numbers are in a column, together with those `before`; -1 where words are, or were before."""
    if before < 0 or any(_LETTER.search(cell) and not _NUMBER_WITH_UNIT.fullmatch(cell) for cell in cells):
        return -1
    return before + sum(_NUMBER_WITH_UNIT.fullmatch(cell) is not None for cell in cells)


def _begins_page(grid: Grid, page: PdfPage) -> bool:
    left, _, right, top = page.box()
    above = page.text_within((left, grid.ys[0], right, top))
    return sum(bool(line.strip()) for line in above.split("\n")) <= _MOST_LINES_ABOVE
