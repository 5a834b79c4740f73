"""Tables of a page as Markdown tables, where their words stand in the page's text."""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import attrs

from .columns import column_grids
from .laid_figures import has_column_of_figures, may_have_figures
from .page_survey import PageSurvey
from .pdf_file import LastTable, PdfPage
from .rules import Grid, grids

_MOST_CHARACTERS = 20_000
_MOST_CUT = 0.25  # characters that are beyond the edge of their cell, for each word
_FILLED = 0.35  # of the cells
_SAME_PLACE = 3  # points

# In heights of a character.
_LINE = 0.5
_SPACE = 0.18

_NUMBER = re.compile(r"[\d\s.,()%/×x–-]+")
_DOTS = re.compile(r"(?:\. ?){4}|…{2}|_{4}")


class Character(NamedTuple):
    """A character of a page that is no white space, with its box on the page as it is shown; there are thousands on a page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_after_space: bool = False


@attrs.frozen
class Tables:
    """Tables in Markdown, and in which of them the characters of a page stand that are in one, by their numbers."""

    places: dict[int, int]
    texts: list[str]


def text_with_tables(page: PdfPage, found: PageSurvey) -> str | None:
    """The page's text with each table in the place of its words; None where no table is sure.

    Heads are carried on where a table goes on over pages without repeating them.
    """
    ruled = grids(page) if found.table else []
    laid = _laid_grids(page, found)
    text = _whole_text(page) if ruled or laid else None
    if text is None:
        return None
    tables = tables_of(page, _characters(page, text, [*ruled, *laid]), ruled, laid, text)
    return _replaced(text, tables) if tables.texts else None


def tables_of(
    page: PdfPage, characters: Mapping[int, Character], ruled: Sequence[Grid], laid: Sequence[Grid], text: str = ""
) -> Tables:
    """The tables of the characters, by their numbers in the page's `text`; a table whose rows are lines of it needs rules."""
    tables = Tables({}, [])
    for grid in (*ruled, *laid):
        inside = _inside(characters, grid, tables.places)
        if grid in laid and text and _rows_are_lines(inside, grid, text):
            continue
        rows = _with_heads(_rows(inside, grid), grid, page)
        if _is_table(rows) and (grid in ruled or _is_sure(rows)):
            tables.places.update(dict.fromkeys(inside, len(tables.texts)))
            tables.texts.append(_markdown(rows))
            page.file.last_table = LastTable(page.index, grid.xs, rows[0])
    return tables


def _rows_are_lines(inside: Mapping[int, Character], grid: Grid, text: str) -> bool:
    """Whether each row is one line of the text already."""
    rows = [_row(char, grid) for char in inside.values()]
    changes = [one != other for one, other in pairwise(rows)]
    return changes == ["\n" in text[one:other] for one, other in pairwise(inside)] and sum(changes) == len(set(rows)) - 1


def _row(char: Character, grid: Grid) -> int:
    return bisect_left([-y for y in grid.ys], -(char.bottom + char.top) / 2) - 1


def _is_sure(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table without rules has a column of figures, and no line of dots."""
    return has_column_of_figures(rows) and not any(_DOTS.search(cell) for row in rows for cell in row)


def _laid_grids(page: PdfPage, found: PageSurvey) -> list[Grid]:
    """The tables without rules that may be sure by the words in their heads and columns, known in a tenth of their cells' time.

    What may be a further part of a table takes its heads from that one.
    """
    kept = list[Grid]()
    for grid in column_grids(found.columns):
        is_further = _continued(grid, page) or any(_has_columns_at(grid, other.xs) for other in kept)
        if is_further or (not _has_number_as_head(page, grid) and may_have_figures(page, grid)):
            kept.append(grid)
    return kept


def _has_number_as_head(page: PdfPage, grid: Grid) -> bool:
    high, low = grid.ys[:2]
    heads = dict.fromkeys(grid.columns_at((left + right) / 2, (low + high) / 2) for left, right in pairwise(grid.xs))
    texts = (page.text_within((grid.xs[head.start], low, grid.xs[head.stop], high)) for head in heads)
    return any(_NUMBER.fullmatch(text.strip()) for text in texts)


def _whole_text(page: PdfPage) -> str | None:
    """The text with one character of it for each of the page; None where they are not one for one."""
    count = page.character_count
    if count > _MOST_CHARACTERS:
        return None
    buffer = (ctypes.c_ushort * (count + 1))()
    page.file.raw.FPDFText_GetText(page.characters, 0, count, buffer)
    text = bytes(buffer).decode("utf-16-le", "replace")[:-1].rstrip("\0")
    return text if len(text) == count else None


def _characters(page: PdfPage, text: str, some: Sequence[Grid]) -> dict[int, Character]:
    """The characters, by their numbers, but for those above and below all of the grids."""
    lowest, highest = min(grid.ys[-1] for grid in some), max(grid.ys[0] for grid in some)
    indices = [index for index, char in enumerate(text) if not char.isspace()]
    boxes = zip(indices, page.character_boxes(indices), strict=True)
    return {
        index: Character(text[index], left, bottom, right, top, index > 0 and text[index - 1].isspace())
        for index, (left, top, right, bottom) in boxes
        if lowest <= (bottom + top) / 2 <= highest
    }


def _inside(characters: Mapping[int, Character], grid: Grid, taken: Mapping[int, int]) -> dict[int, Character]:
    """The characters in the grid that are in no table yet."""
    left, right, low, high = 2 * grid.xs[0], 2 * grid.xs[-1], 2 * grid.ys[-1], 2 * grid.ys[0]
    return {
        index: char
        for index, char in characters.items()
        if low <= char[2] + char[4] <= high and left <= char[1] + char[3] <= right and index not in taken
    }


def _rows(inside: Mapping[int, Character], grid: Grid) -> list[tuple[str, ...]]:
    """The texts of the cells; one that goes over several columns stands in the first, and in the heads in all of them."""
    cells = dict[tuple[int, int], list[Character]]()
    down = [-y for y in grid.ys]
    words = cut = 0
    before, row, columns = (-2, 0.0), 0, range(0)
    found_at = dict[tuple[int, float], range]()  # the characters of a line are equally high, mostly
    for index, char in inside.items():
        _, left, bottom, right, top, _ = char
        x, y = (left + right) / 2, (bottom + top) / 2
        place = bisect_right(grid.xs, x), y
        own = found_at.get(place) or found_at.setdefault(place, grid.columns_at(x, y))
        if index == before[0] + 1 and abs(left - before[1]) < _SPACE * (top - bottom):
            cut += own != columns  # a word that is too wide for its cell stands in the cell where it begins
        else:
            words += 1
            row, columns = bisect_left(down, -y) - 1, own
        before = (index, right)
        for column in columns if row == 0 else columns[:1]:
            cells.setdefault((row, column), []).append(char)
    if cut > _MOST_CUT * words:
        return []  # lines of a picture, which go through words
    rows = range(len(grid.ys) - 1)
    texts = {place: _cell(characters) for place, characters in cells.items()}
    found = [tuple(texts.get((row, column), "") for column in range(len(grid.xs) - 1)) for row in rows]
    return [row for row in found if any(row)]


def _cell(characters: Sequence[Character]) -> str:
    """The lines of a cell from the top down, joined; what stands apart in a line is parted by a space."""
    lines = list[tuple[float, list[str]]]()
    last_left = last_right = last_height = 0.0
    last_bottom = math.inf
    for text, left, bottom, right, top, is_after_space in characters:
        height = top - bottom
        if abs(bottom - last_bottom) > _LINE * max(height, last_height):
            lines.append((bottom, [text]))
        else:
            if is_after_space or left - last_right > _SPACE * height or right < last_left:
                lines[-1][1].append(" ")
            lines[-1][1].append(text)
        last_left, last_bottom, last_right, last_height = left, bottom, right, height
    lines.sort(key=lambda line: -line[0])
    return " ".join("".join(pieces) for _, pieces in lines)


def _with_heads(rows: list[tuple[str, ...]], grid: Grid, page: PdfPage) -> list[tuple[str, ...]]:
    """The rows, with the heads of the last table before them where this is the next part of it."""
    last = _continued(grid, page)
    if not rows or last is None or rows[0] == last.heads:
        return rows
    if rows[0] == tuple(str(number) for number in range(1, len(rows[0]) + 1)):
        return [last.heads, *rows[1:]]
    return [last.heads, *rows] if any(map(_NUMBER.fullmatch, rows[0])) else rows


def _continued(grid: Grid, page: PdfPage) -> LastTable | None:
    """The last table, if it was on this page or the one before and its columns were where those of the grid are."""
    last = page.file.last_table
    return last if last and last.page >= page.index - 1 and _has_columns_at(grid, last.xs) else None


def _has_columns_at(grid: Grid, xs: Sequence[float]) -> bool:
    """Whether the grid has as many columns as those, and they begin at the same places."""
    return len(xs) == len(grid.xs) and all(abs(x - own) <= _SAME_PLACE for x, own in zip(xs[:-1], grid.xs[:-1], strict=True))


def _is_table(rows: list[tuple[str, ...]]) -> bool:
    """Whether the first row can be one of heads, and enough is in the others."""
    if len(rows) < 2 or sum(map(bool, rows[0])) < max(2, len(rows[0]) / 2) or any(map(_NUMBER.fullmatch, rows[0])):
        return False
    body = [cell for row in rows[1:] for cell in row]
    used = sum(any(row[column] for row in rows[1:]) for column in range(len(rows[0])))
    return used >= 2 and sum(map(bool, body)) >= _FILLED * len(body)


def _markdown(rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _replaced(text: str, tables: Tables) -> str:
    """The text without the characters of the tables, each table after the line before its first character."""
    places, lines, put, start = tables.places, list[str](), set[int](), 0
    for line in re.split(r"\r\n?|\n", text):
        start = text.index(line, start)
        rest = "".join(" " if index in places else char for index, char in enumerate(line, start))
        kept = " ".join(rest.split()) if len(rest.split()) < len(line.split()) else line
        if kept.strip() or not line.strip():
            lines.append(kept)
        for table in dict.fromkeys(places[index] for index in range(start, start + len(line)) if index in places):
            if table not in put:
                put.add(table)
                lines.extend(["", tables.texts[table], ""])
        start += len(line)
    return "\n".join(lines).strip("\n")
