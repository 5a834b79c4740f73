"""The rows of a table without rules, by where its lines stand: heads of several lines, wrapped cells, headings of groups.

A line that goes over several columns, or that stands alone and no nearer to the row above than to the next, is a row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import attrs

from .borderless_columns import (
    ALIGNED,
    FEWEST_ROWS,
    NEARER,
    Column,
    Line,
    bottom_of,
    column_of,
    covered,
    crosses,
    is_over_several,
    may_wrap,
    usual_gap,
)
from .pdf_file import Box
from .rules import Grid, Rule

_MOST_FURTHER = 4  # lines of the last row
_MOST_SPANNING = 2  # lines after one another
_MARGIN = 1.5  # points around the letters of the outermost rows and columns


@attrs.frozen
class Block:
    """Rows from the top down, each of one or more lines of segments, the first that of the heads; `right` is where all end."""

    rows: list[list[Line]]
    columns: list[Column]
    right: float


def table_block(
    lines: Sequence[Line], anchors: Sequence[int], heads: Sequence[int], columns: list[Column], height: float
) -> Block | None:
    """The table of `columns` that those lines make; None where one of them is of no column, or may be of either of two rows.

    `anchors` are the numbers of the lines in which two columns or more begin, `heads` those of the lines of the heads, `height`
    is that of the letters.
    """
    first, end = columns[0][0], columns[-1][1]
    inside = {
        number: own
        for number in range(heads[0], min(len(lines), anchors[-1] + _MOST_FURTHER))
        if (own := [box for box in lines[number] if box[2] > first and box[0] < end])
    }
    if any(len(found := covered(box, columns)) > 1 and 0 in found for number in heads for box in lines[number]):
        return None  # the first column has no head of its own
    rows = _Rows(inside, anchors, heads, columns, height).made()
    if len(rows) < FEWEST_ROWS:
        return None
    right = max(end, *(box[2] for row in rows for line in row for box in line))
    beside = any(end <= box[0] < right for number in range(heads[0], anchors[-1] + 1) for box in lines[number])
    return None if beside and right > end else Block(rows, columns, right)


class _Rows:
    """Puts the lines of one table together to rows."""

    def __init__(
        self, inside: dict[int, Line], anchors: Sequence[int], heads: Sequence[int], columns: list[Column], height: float
    ) -> None:
        self._inside, self._anchors, self._heads, self._columns, self._height = inside, anchors, heads, columns, height
        self._numbers = sorted(inside)
        self._whole = [number for number in anchors if any(column_of(box, columns) == 0 for box in inside.get(number, []))]
        self._usual = usual_gap([inside.get(number, []) for number in range(self._numbers[-1] + 1)], self._whole, columns)

    def made(self) -> list[list[Line]]:
        """The rows; none where it is not certain which row a line is of."""
        inside, columns = self._inside, self._columns
        rows, spanning = [[inside[number] for number in self._heads if number in inside]], 0
        for place, number in enumerate(self._numbers):
            line = inside[number]
            if number in self._heads:
                continue
            gap = bottom_of(inside[self._numbers[place - 1]]) - bottom_of(line)
            is_wide = is_over_several(line, columns)
            is_out_of_columns = any(column_of(box, columns) is None for box in line)
            if number > self._anchors[-1] and (gap > NEARER * self._usual or is_out_of_columns):
                break  # what comes below the table
            if is_out_of_columns and not is_wide:
                return []
            spanning = spanning + 1 if is_wide else 0
            if is_wide and (spanning > _MOST_SPANNING or line[0][0] < columns[0][0] - ALIGNED):
                return []
            is_further = False if is_wide or self._begins(number, gap) else self._is_further(place, gap, rows)
            if is_further is None:
                return []
            if is_further:
                rows[-1].append(line)
            else:
                rows.append([line])
        are_certain = all(_is_certain(rows, number) for number in range(1, len(rows) - 1))
        return rows if are_certain and self._has_few_spanning(rows) else []

    def _begins(self, number: int, gap: float) -> bool:
        """Whether the line is the first of a row of which two cells or more are where others are."""
        return number in self._anchors and (number in self._whole or gap > NEARER * self._usual)

    def _is_further(self, place: int, gap: float, rows: Sequence[list[Line]]) -> bool | None:
        """Whether the line is of the row above, rather than one of its own; None where it may begin the next one."""
        line, columns = self._inside[self._numbers[place]], self._columns
        following = self._inside[self._numbers[place + 1]] if place + 1 < len(self._numbers) else None
        if self._numbers[place] in self._anchors or following is None:
            return True
        below = bottom_of(line) - bottom_of(following)
        if gap < NEARER * below:
            return True
        if len(rows) > 1 and self._wraps(rows[-1], line) and not self._is_beside_number(line):
            return True
        if self._is_beside_number(line) and below > NEARER * self._usual:
            return False
        if below < NEARER * gap:
            under = {column_of(box, columns): box for box in following}
            for box in line:
                if (column := column_of(box, columns)) is None or column not in under:
                    return None
                if may_wrap(box, under[column], columns[column], self._height):
                    return None
        return False

    def _wraps(self, row: Sequence[Line], line: Line) -> bool:
        """Whether something of the line may have found no room in the row."""
        above = {column_of(box, self._columns): box for other in row for box in other}
        return any(
            (column := column_of(box, self._columns)) is not None
            and column in above
            and may_wrap(above[column], box, self._columns[column], self._height)
            for box in line
        )

    def _is_beside_number(self, line: Line) -> bool:
        """Whether the line stands only in the first column, which is narrow, as one of numbers is."""
        widths = [right - left for left, right in self._columns]
        return all(column_of(box, self._columns) == 0 for box in line) and widths[0] < max(widths) / 2

    def _has_few_spanning(self, rows: Sequence[list[Line]]) -> bool:
        spanning = sum(is_over_several(row[0], self._columns) for row in rows[1:])
        return 2 * spanning < len(rows)


def _is_certain(rows: Sequence[list[Line]], number: int) -> bool:
    """Whether the further lines of a row are nearer to it than to the next; where all are set evenly, it has but one."""
    row = rows[number]
    if len(row) == 1:
        return True
    inner = max(bottom_of(one) - bottom_of(other) for one, other in pairwise(row))
    outer = bottom_of(row[-1]) - bottom_of(rows[number + 1][0])
    return inner < NEARER * outer or (len(row) == 2 and inner < outer / NEARER)


def grid_of(block: Block) -> Grid:
    """The grid of the table: one edge before each column and row, but not between columns where something goes over both."""
    edges = [(min(map(bottom_of, row)), max(box[3] for line in row for box in line)) for row in block.rows]
    ys = (edges[0][1] + _MARGIN, *((one[0] + other[1]) / 2 for one, other in pairwise(edges)), edges[-1][0] - _MARGIN)
    xs = (*(left - _MARGIN for left, _ in block.columns), block.right + _MARGIN)
    boxes = [box for row in block.rows for line in row for box in line]
    over = [[box for box in boxes if crosses(box, left)] for left, _ in block.columns[1:]]
    down = [_pieces(x, ys, crossing) for x, crossing in zip(xs, [[], *over, []], strict=True)]
    return Grid(xs, tuple(map(tuple, down)), ys)


def _pieces(x: float, ys: Sequence[float], over: Sequence[Box]) -> list[Rule]:
    """The edge at `x` without the parts that boxes, from the top down, go over."""
    pieces, top = list[Rule](), ys[0]
    for _, low, _, high in over:
        pieces.append(Rule(x, high + ALIGNED, top))
        top = low - ALIGNED
    return [piece for piece in [*pieces, Rule(x, ys[-1], top)] if piece.end > piece.start]
