"""Where lines of text stand in the columns of a table without rules, and how near to one another such lines are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .pdf_file import Box

ALIGNED = 2.0
"""Points: what begins or ends no further apart is at one place."""

NEARER = 0.85
"""Of a gap between two lines: a gap smaller than that share of it is clearly smaller."""

FEWEST_ROWS = 3
"""Of a table without rules: fewer may be aligned by chance."""

_LONG_WORD = 8.0  # heights of the letters

Column = tuple[float, float]
"""From where to where a column goes."""
Line = list[Box]
"""The segments of one line from left to right."""


def bottom_of(line: Line) -> float:
    """Where a line's lowest letters end."""
    return min(box[1] for box in line)


def covered(box: Box, columns: Sequence[Column]) -> range:
    """The columns that the box stands in or goes over."""
    found = [number for number, (left, right) in enumerate(columns) if box[0] < right and box[2] > left]
    return range(found[0], found[-1] + 1) if found else range(0)


def column_of(box: Box, columns: Sequence[Column]) -> int | None:
    """The only column that the box stands in."""
    found = covered(box, columns)
    return found[0] if len(found) == 1 and box[0] > columns[found[0]][0] - ALIGNED else None


def crosses(box: Box, left: float) -> bool:
    """Whether the box goes over the left edge of a column."""
    return box[0] < left - ALIGNED and box[2] > left


def is_over_several(line: Line, columns: Sequence[Column]) -> bool:
    """Whether something of the line goes over several columns, or is all of the line and crosses the edge of one."""
    is_wide = any(len(covered(box, columns)) > 1 for box in line)
    return is_wide or (len(line) == 1 and any(crosses(line[0], left) for left, _ in columns))


def may_wrap(above: Box, below: Box, column: Column, height: float) -> bool:
    """Whether what is below may have found no room in the line above."""
    return max(column[1], below[2]) - above[2] < min(below[2] - below[0], _LONG_WORD * height)


def usual_gap(lines: Sequence[Line], whole: Sequence[int], columns: Sequence[Column]) -> float:
    """How far rows are apart, where no line over several columns is between them."""
    gaps = [
        bottom_of(lines[one]) - bottom_of(lines[other])
        for one, other in pairwise(whole)
        if not any(is_over_several(lines[number], columns) for number in range(one + 1, other))
    ]
    return median(gaps) if gaps else 0.0
