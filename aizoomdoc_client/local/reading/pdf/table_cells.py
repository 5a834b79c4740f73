"""What stands in the cells of a table, and which of its rows are titles and heads."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import attrs

from ..spanned_table import repeated
from .characters import Character
from .divided_words import joined_lines
from .pdf_file import SPACE
from .raised_in_cells import with_raised_in_place
from .rules import Cell, Grid
from .superscripts import SMALLER

_MOST_CUT = 0.25  # characters that are beyond the edge of their cell, for each word
_NEXT_LINE = 0.5  # of a character's height: what stands lower or higher by more is another line

NUMBER = re.compile(r"[\d\s.,()%/×x–-]+")
"""What no head is: a number, a range, dimensions, as 24,5 and 10–20 and 400 x 200."""

_DIGIT = re.compile(r"\d")
_NUMBER_OR_DASH = re.compile(r"[–-]|[+–-]?(?:\d{1,3}(?:\s\d{3})+|\d+)?(?:[.,]\d+)?\s?%?")  # 24,5 or 17 300 or ,5 or 12 % or –
_SAME_HEIGHT = 2.0  # points between lines of two cells of a row
_MOST_BY_CHANCE = 2  # lines that all cells of a row have
_MARGINS = 12.0  # points beside the text of a cell, on both sides together

Row = tuple[str, ...]


class Line(NamedTuple):
    """A line of a cell, how high it stands, and how wide it is."""

    y: float
    text: str
    width: float


@attrs.frozen
class TableCells:
    """The lines of a table's cells, these from the top down; a cell may go over several rows and columns.

    `xs` are the edges of the columns.
    """

    lines: Mapping[Cell, Sequence[Line]]
    row_count: int
    xs: Sequence[float]

    @property
    def column_count(self) -> int:
        """How many columns there are."""
        return len(self.xs) - 1

    @cached_property
    def texts(self) -> Mapping[Cell, str]:
        """The text of each cell on one line."""
        return {cell: joined_lines([line.text for line in lines]) for cell, lines in self.lines.items()}

    def titles(self) -> list[str]:
        """The texts of the first rows that are one cell over all columns."""
        found = list[str]()
        for row in range(self.row_count):
            cells = self._in_row(row)
            if len(cells) != 1 or len(cells[0].columns) < self.column_count:
                break
            found.append(self.texts[cells[0]])
        return found

    def heads(self, first: int) -> tuple[Row, int]:
        """The heads that begin at the row `first`, and the row after them; a cell over several columns is the head of each.

        They take all rows that a cell of the first one goes over, but only the first where no cell is divided below and some text
        has a digit.
        """
        top = self._in_row(first)
        end = max((cell.rows.stop for cell in top), default=first + 1)
        is_divided = any(len(cell.columns) > 1 for cell in top)
        within = [text for cell, text in self.texts.items() if first <= cell.rows.start < end]
        if not is_divided and any(map(_DIGIT.search, within)):
            end = first + 1
        return self._heads_of(first, end), end

    def body(self, first: int) -> list[Row]:
        """The rows from `first` on that have any text.

        A cell over several columns stands in the first of them, one over several rows in each, but for a long one.
        """
        return [row for number in range(first, self.row_count) for row in self._rows_at(number) if any(row)]

    def _rows_at(self, number: int) -> list[Row]:
        """The row of that number; several where no rule parts them, but each line of the first cell surely begins one.

        That needs a cell of as many lines that are all numbers.
        """
        cells = self._in_row(number)
        texts = {cell: text if number == cell.rows.start else repeated(text) for cell in cells for text in [self.texts[cell]]}
        of_one_row = [cell for cell in cells if len(cell.rows) == 1]
        longest = max((len(self.lines[cell]) for cell in of_one_row), default=0)
        full = [cell for cell in of_one_row if len(self.lines[cell]) == longest]
        if longest > 1 and len(full) > 1 and any(map(self._is_of_numbers, full)) and self._begins_rows(of_one_row, full):
            ys = [line.y for line in self.lines[full[0]]]
            lines = {cell: [_text_at(self.lines[cell], y) for y in ys] for cell in of_one_row}
            if all(len(self.lines[cell]) == sum(map(bool, found)) for cell, found in lines.items()):
                return [self._row({**texts, **{cell: lines[cell][place] for cell in of_one_row}}) for place in range(longest)]
        return [self._row(texts)]

    def _row(self, texts: Mapping[Cell, str]) -> Row:
        row = [""] * self.column_count
        for cell, text in texts.items():
            row[cell.columns.start] = text
        return tuple(row)

    def _is_of_numbers(self, cell: Cell) -> bool:
        return all(_NUMBER_OR_DASH.fullmatch(line.text) for line in self.lines[cell])

    def _begins_rows(self, cells: Sequence[Cell], full: Sequence[Cell]) -> bool:
        """Whether the lines of the first cell begin rows of their own, rather than being one text that found no room in one line.

        They do if the cell is `full`, which is to have as many lines as the longest, and its lines are rising numbers, or each
        had room for the first word of the next one, or all cells are full: three lines in each are hardly chance.
        """
        first = min(cells, key=lambda cell: cell.columns.start)
        lines = self.lines[first]
        if first not in full:
            return False
        if len(full) == len(cells) and len(lines) > _MOST_BY_CHANCE:
            return True
        if all(line.text.isdecimal() for line in lines):
            numbers = [int(line.text[:18]) for line in lines]  # `int` refuses thousands of digits
            return numbers == sorted(numbers)
        room = self.xs[first.columns.stop] - self.xs[first.columns.start] - _MARGINS
        return all(above.width + _width_of_first_word(below) < room for above, below in pairwise(lines))

    def _in_row(self, row: int) -> list[Cell]:
        return [cell for cell in self.texts if row in cell.rows]

    def _heads_of(self, first: int, end: int) -> Row:
        """The rows from `first` to `end` as one, the texts of each column from the top down."""
        cells = [cell for cell in self.texts if first <= cell.rows.start < end]
        cells.sort(key=lambda cell: cell.rows.start)
        return tuple(
            " ".join(self.texts[cell] for cell in cells if column in cell.columns) for column in range(self.column_count)
        )


def cells_of(inside: Mapping[int, Character], grid: Grid) -> TableCells:
    """The cells of the grid that have characters; none where the lines go through the words, as those of a picture do."""
    cells = dict[Cell, list[Character]]()
    words = cut = 0
    before, cell = (-2, 0.0), Cell(range(0), range(0))
    found_at = dict[tuple[int, float], Cell]()  # the characters of a line are equally high, mostly
    for index, char in inside.items():
        _, left, bottom, right, top, _ = char
        x, y = (left + right) / 2, (bottom + top) / 2
        place = bisect_right(grid.xs, x), y
        own = found_at.get(place) or found_at.setdefault(place, grid.cell_at(x, y))
        if index == before[0] + 1 and abs(left - before[1]) < SPACE * (top - bottom):
            cut += own.columns != cell.columns  # a word that is too wide for its cell stands in the cell where it begins
        else:
            words += 1
            cell = own
        before = (index, right)
        cells.setdefault(cell, []).append(char)
    if cut > _MOST_CUT * words:
        cells.clear()
    down = sorted(cells, key=lambda cell: -max(char.top for char in cells[cell]))
    return TableCells({cell: _lines(cells[cell]) for cell in down}, len(grid.ys) - 1, grid.xs)


def _lines(characters: Sequence[Character]) -> list[Line]:
    """The lines of a cell from the top down; what stands apart in one is parted by a space."""
    lines, may_be_raised = _lines_in_order(characters)
    if may_be_raised and (placed := with_raised_in_place(characters)) is not characters:
        lines, _ = _lines_in_order(placed)
    return sorted(lines, key=lambda line: -line.y)


def _lines_in_order(characters: Sequence[Character]) -> tuple[list[Line], bool]:
    """The lines as the characters come, and whether smaller characters stand apart, as raised figures do."""
    lines = list[tuple[float, list[str], float]]()
    ends = list[float]()
    last_left = last_right = last_height = 0.0
    last_bottom = math.inf
    may_be_raised = False
    for text, left, bottom, right, top, is_after_space in characters:
        height = top - bottom
        higher = max(height, last_height)  # a hyphen at which a word is divided has no height of its own
        if abs(bottom - last_bottom) > _NEXT_LINE * higher:
            lines.append((bottom, [text], left))
            ends.append(last_right)
            may_be_raised |= height < SMALLER * last_height or 0 < last_height < SMALLER * height
        else:
            if is_after_space or left - last_right > SPACE * higher or right < last_left:
                lines[-1][1].append(" ")
                may_be_raised |= height < SMALLER * last_height
            lines[-1][1].append(text)
        last_left, last_bottom, last_right, last_height = left, bottom, right, height
    found = [
        Line(y, "".join(pieces), end - start) for (y, pieces, start), end in zip(lines, [*ends[1:], last_right], strict=True)
    ]
    return found, may_be_raised


def _width_of_first_word(line: Line) -> float:
    """About how wide it is, with the space before it."""
    return line.width * (len(line.text.split(maxsplit=1)[0]) + 1) / len(line.text)


def _text_at(lines: Sequence[Line], y: float) -> str:
    return next((line.text for line in lines if abs(line.y - y) <= _SAME_HEIGHT), "")
