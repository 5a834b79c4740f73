"""Which heads a table has: its own, or those of the table that goes on in it, on the same page or on the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from .pdf_file import LastTable, PdfPage
from .rules import Grid
from .table_cells import NUMBER, Row, TableCells

_DIGIT = re.compile(r"\d")
_FIGURE = re.compile(r"[<>≤≥~±+–(-]?\s?\d[\d\s.,()%/×x–-]*[^\W\d_]{0,3}[.²³]?\)?")  # a unit may stand behind it
_LETTER = re.compile(r"[^\W\d_]")
_WORDS_OF_HEAD = re.compile(r"(?:\D|(?<=[мm])[23])+")  # of units such as m3 the digit counts as a letter
_FEWEST_FIGURES = 2
_CAPTION = re.compile(r"^\s*(?:Таблица|Table)\s", re.IGNORECASE | re.MULTILINE)
_ABOVE = 40.0  # points; as high a caption of two lines is
_MOST_ABOVE = 3  # lines above a table that begins the page: a running title, a number, that the table goes on
_SAME_PLACE = 3  # points


@attrs.frozen
class TableRows:
    """The rows of a table, the first of which is that of its heads, and the titles that stand in it above these."""

    rows: Sequence[Row]
    titles: Sequence[str] = ()


def rows_with_heads(cells: TableCells, grid: Grid, page: PdfPage) -> TableRows:
    """The rows of the cells; where they go on a table, under its heads.

    Then what one cell over all columns says above them is the heading of a group of them, not a title.
    """
    titles = cells.titles()
    heads, end = cells.heads(len(titles))
    last = continued(grid, page)
    if last is None or _are_heads(heads, last, grid, page):
        return TableRows([heads, *cells.body(end)], titles)
    if heads == tuple(str(number) for number in range(1, len(heads) + 1)):
        return TableRows([last.heads, *cells.body(end)], titles)
    return TableRows([last.heads, *cells.body(0)])


def remember(rows: Sequence[Row], grid: Grid, page: PdfPage) -> None:
    """Keeps the heads of a table for what goes on in it."""
    near = [last for last in page.file.last_tables if _is_near(last, page)]
    before = next((last.figures for last in near if has_columns_at(grid, last.xs) and last.heads == rows[0]), (0,) * len(rows[0]))
    figures = tuple(_figures(column, count) for column, count in zip(zip(*rows[1:], strict=True), before, strict=True))
    others = [last for last in near if not has_columns_at(grid, last.xs)]
    page.file.last_tables = [*others, LastTable(page.index, grid.xs, rows[0], figures)]


def continued(grid: Grid, page: PdfPage) -> LastTable | None:
    """The table of this page or the one before whose columns were where those of the grid are; none where a caption is above."""
    found = next((last for last in page.file.last_tables if _is_near(last, page) and has_columns_at(grid, last.xs)), None)
    return None if found and _has_caption(grid, page) else found


def has_columns_at(grid: Grid, xs: Sequence[float]) -> bool:
    """Whether the grid has as many columns as those, and they begin at the same places."""
    return len(xs) == len(grid.xs) and all(abs(x - own) <= _SAME_PLACE for x, own in zip(xs[:-1], grid.xs[:-1], strict=True))


def _has_caption(grid: Grid, page: PdfPage) -> bool:
    """Whether a new table is announced right above the grid. Not looked for on a page that is shown turned."""
    above = (grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[0] + _ABOVE)
    return not page.is_turned() and _CAPTION.search(page.text_within(above)) is not None


def _is_near(last: LastTable, page: PdfPage) -> bool:
    return last.page >= page.index - 1


def _are_heads(row: Row, last: LastTable, grid: Grid, page: PdfPage) -> bool:
    """Whether the first row of what has the columns of the last table is of heads: its own, or those once more.

    Rules that begin a page go on with the table of the page before, unless one of its heads is there again, or words where the
    table has figures. Elsewhere a row without a gap or a figure begins another one, too.
    """
    if any(map(NUMBER.fullmatch, row)):
        return False
    if not grid.across or any(cell and cell == head for cell, head in zip(row, last.heads, strict=True)):
        return True
    if (last.page < page.index and not _begins_page(grid, page)) or _has_heads_above_figures(row, last):
        return True
    return last.page == page.index and all(row) and not any(map(_DIGIT.search, row))


def _has_heads_above_figures(row: Row, last: LastTable) -> bool:
    """Whether the row has other words in each column in which the last table has only figures, one of them with a capital.

    A row of the table itself has some of its figures. What stands in the place of one, such as "to order", begins small.
    """
    words = [cell for cell, count in zip(row, last.figures, strict=True) if count >= _FEWEST_FIGURES]
    if len(words) == 1:
        words = list(row)
    are_words = all(_LETTER.search(cell) and _WORDS_OF_HEAD.fullmatch(cell) for cell in words)
    return are_words and len(set(words)) == len(words) and any(cell[0].isupper() for cell in words)


def _figures(cells: Sequence[str], before: int) -> int:
    """How many figures are in a column with those before; -1 where words are, or were before."""
    if before < 0 or any(_LETTER.search(cell) and not _FIGURE.fullmatch(cell) for cell in cells):
        return -1
    return before + sum(_FIGURE.fullmatch(cell) is not None for cell in cells)


def _begins_page(grid: Grid, page: PdfPage) -> bool:
    left, _, right, top = page.box()
    above = page.text_within((left, grid.ys[0], right, top))
    return sum(bool(line.strip()) for line in above.split("\n")) <= _MOST_ABOVE
