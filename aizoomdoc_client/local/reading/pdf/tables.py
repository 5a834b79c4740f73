"""Tables of a page as Markdown tables, where their words stand in the page's text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs

from ..markdown_table import markdown_table
from .borderless_tables import borderless_grids
from .characters import Character
from .divided_words import with_hyphens
from .numeric_columns import has_numeric_column, may_have_numeric_column
from .page_survey import PageSurvey
from .pdf_file import PdfPage, with_whole_letters
from .rules import Grid, grids
from .superscripts import NO_LINE_END, with_lines_that_go_on, with_superscripts
from .table_cells import NUMBER, Row, cells_of
from .table_heads import continued_table, has_columns_at, remember, rows_with_heads

_MOST_CHARACTERS = 20_000  # of a page with tables
_LEAST_FILLED = 0.35  # of the cells below the heads
_FEWEST_ROWS = 2

_DOTS = re.compile(r"(?:\. ?){4}|…{2}|_{4}")  # "Введение .... 3" of a table of contents, a line of a form to be filled in


@attrs.frozen
class Tables:
    """Tables in Markdown as `texts`; `places` tells by the index of a character which of them it stands in, if any."""

    places: dict[int, int]
    texts: list[str]


def text_with_tables(page: PdfPage, found: PageSurvey) -> str | None:
    """The page's text with each table in the place of its words; None where no table is certain.

    Heads are carried on where a table goes on over pages without repeating them.
    """
    ruled = ruled_grids(page) if found.table else []
    borderless = _borderless_grids(page, found)
    text = page.whole_text() if (ruled or borderless) and page.character_count <= _MOST_CHARACTERS else None
    if text is None:
        return None
    whole = with_hyphens(page, text)
    text = with_lines_that_go_on(page, whole, with_superscripts(page, whole, found.raised))
    tables = tables_of(page, _characters(page, text, [*ruled, *borderless]), ruled, borderless, text)
    return with_whole_letters(_replaced(text, tables)) if tables.texts else None


def tables_of(
    page: PdfPage, characters: Mapping[int, Character], ruled: Sequence[Grid], borderless: Sequence[Grid], text: str = ""
) -> Tables:
    """The tables of the characters, which go by their indices on the page.

    With the page's `text` a table without rules is none where each of its rows is a line of that text already.
    """
    tables = Tables({}, [])
    for grid in (*ruled, *borderless):
        inside = _inside(characters, grid, tables.places)
        if grid in borderless and text and _rows_are_lines(inside, grid, text):
            continue
        found = rows_with_heads(cells_of(inside, grid), grid, page)
        if not _is_filled(found.rows):
            continue
        has_heads = not any(map(NUMBER.fullmatch, found.rows[0])) and (grid in ruled or _is_certain(found.rows))
        if has_heads or grid in ruled:
            lines = markdown_table(found.rows) if has_heads else _lines(found.rows)
            tables.places.update(dict.fromkeys(inside, len(tables.texts)))
            tables.texts.append("\n".join([*found.titles, "", *lines]).lstrip("\n"))
        if has_heads:
            remember(found.rows, grid, page)
    return tables


def ruled_grids(page: PdfPage, *, as_shown: bool = False) -> list[Grid]:
    """The grids of the page's ruled tables; one of a single row only where it may go on with a table.

    With `as_shown` their coordinates are those of the page as it is shown, else as it is stored.
    """
    return [grid for grid in grids(page, as_shown=as_shown) if len(grid.ys) - 1 >= _FEWEST_ROWS or continued_table(grid, page)]


def _rows_are_lines(inside: Mapping[int, Character], grid: Grid, text: str) -> bool:
    """Whether each row is one line of the text already."""
    rows = [grid.row_at((char.bottom + char.top) / 2) for char in inside.values()]
    changes = [one != other for one, other in pairwise(rows)]
    return changes == ["\n" in text[one:other] for one, other in pairwise(inside)] and sum(changes) == len(set(rows)) - 1


def _is_certain(rows: Sequence[Row]) -> bool:
    """Whether a table without rules has a column of numbers, and no line of dots."""
    return has_numeric_column(rows) and not any(_DOTS.search(cell) for row in rows for cell in row)


def _borderless_grids(page: PdfPage, found: PageSurvey) -> list[Grid]:
    """The grids of the tables without rules that may be certain by the words in their heads and columns.

    These are known in a tenth of the time that the cells take. What may be a further part of a table has the heads of that one.
    """
    kept = list[Grid]()
    for grid in borderless_grids(found.columns):
        is_further = continued_table(grid, page) or any(has_columns_at(grid, other.xs) for other in kept)
        if is_further or (not _has_number_as_head(page, grid) and may_have_numeric_column(page, grid)):
            kept.append(grid)
    return kept


def _has_number_as_head(page: PdfPage, grid: Grid) -> bool:
    high, low = grid.ys[:2]
    heads = dict.fromkeys(grid.columns_at((left + right) / 2, (low + high) / 2) for left, right in pairwise(grid.xs))
    texts = (page.text_within((grid.xs[head.start], low, grid.xs[head.stop], high)) for head in heads)
    return any(NUMBER.fullmatch(text.strip()) for text in texts)


def _characters(page: PdfPage, text: str, some: Sequence[Grid]) -> dict[int, Character]:
    """The characters by their indices, without those above and below all of the grids."""
    lowest, highest = min(grid.ys[-1] for grid in some), max(grid.ys[0] for grid in some)
    indices = [index for index, char in enumerate(text) if not char.isspace() and char != NO_LINE_END]
    boxes = zip(indices, page.character_boxes(indices), strict=True)
    return {
        index: Character(text[index], left, bottom, right, top, index > 0 and text[index - 1].isspace())
        for index, (left, top, right, bottom) in boxes
        if lowest <= (bottom + top) / 2 <= highest
    }


def _inside(characters: Mapping[int, Character], grid: Grid, taken: Mapping[int, int]) -> dict[int, Character]:
    """The characters whose middle is in the grid, and which are in no table yet: both edges are added, which is fast."""
    left, right, low, high = 2 * grid.xs[0], 2 * grid.xs[-1], 2 * grid.ys[-1], 2 * grid.ys[0]
    return {
        index: char
        for index, char in characters.items()
        if low <= char[2] + char[4] <= high and left <= char[1] + char[3] <= right and index not in taken
    }


def _is_filled(rows: Sequence[Row]) -> bool:
    """Whether there is enough in the first row, and in the others."""
    body = [cell for row in rows[1:] for cell in row]
    used = sum(any(row[column] for row in rows[1:]) for column in range(len(rows[0])))
    return sum(map(bool, rows[0])) >= max(2, len(rows[0]) / 2) and used >= 2 and sum(map(bool, body)) >= _LEAST_FILLED * len(body)


def _lines(rows: Sequence[Row]) -> list[str]:
    """The rows of a table without heads, which PDFium would join where there are few words in them."""
    return [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]


def _replaced(text: str, tables: Tables) -> str:
    """The text without the characters of the tables, each table after the line before its first character."""
    places, lines, put, start = tables.places, list[str](), set[int](), 0
    for line in re.split(r"\r\n?|\n", text):
        start = text.index(line, start)
        rest = "".join(" " if index in places else char for index, char in enumerate(line, start)).replace(NO_LINE_END, "")
        kept = " ".join(rest.split()) if len(rest.split()) < len(line.split()) else line
        if kept.strip() or not line.strip():
            lines.append(kept)
        for table in dict.fromkeys(places[index] for index in range(start, start + len(line)) if index in places):
            if table not in put:
                put.add(table)
                lines.extend(["", tables.texts[table], ""])
        start += len(line)
    return "\n".join(lines).replace(NO_LINE_END, "").strip("\n")
