"""The heads of a table without rules, which often take several lines."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from .borderless_columns import ALIGNED, NEARER, Column, Line, bottom_of, covered, may_wrap, usual_gap
from .pdf_file import Box

_MOST_LINES = 3  # above and below the first of the table's lines

# In heights of the letters, from the bottom of a line to that of the next.
_LEADING = 2.4  # the most within one head
_OVERLAPPING = 1.2  # nearer lines are beside one another, one a bit higher


def widened(columns: Sequence[Column], heads: Sequence[Line]) -> list[Column]:
    """The columns with the heads that are wider than the cells and stand over one column only."""
    wide = list(columns)
    for box in (box for line in heads for box in line):
        if len(found := covered(box, wide)) == 1:
            wide[found[0]] = min(wide[found[0]][0], box[0]), max(wide[found[0]][1], box[2])
    return wide


def head_lines(lines: Sequence[Line], anchors: Sequence[int], columns: Sequence[Column], height: float) -> list[int]:
    """The numbers of the lines that make the heads: the first of `anchors`, and those above and below it that belong to it.

    `anchors` are the numbers of the lines in which two columns or more begin, `height` is that of the letters.
    """
    first = anchors[0]
    whole = [number for number in anchors if any(0 in covered(box, columns) for box in lines[number])]
    finder = _Finder(columns, height, usual_gap(lines, whole, columns))
    heads = [first]
    for number in range(first - 1, max(-1, first - 1 - _MOST_LINES), -1):
        if not finder.goes_on(lines[number], lines[number + 1]):
            break
        heads.insert(0, number)
    body = next((number for number in whole if number > first), first)
    for number in range(first + 1, min(body, first + 1 + _MOST_LINES)):
        if not finder.is_further([lines[each] for each in heads], lines[number]):
            break
        heads.append(number)
    return heads


@attrs.frozen
class _Finder:
    """Tells which lines are of the heads; `usual` is how far rows are apart."""

    columns: Sequence[Column]
    height: float
    usual: float

    def goes_on(self, line: Line, below: Line) -> bool:
        """Whether each piece of the line is the beginning of a head that goes on below, or a head over several others."""
        gap = bottom_of(line) - bottom_of(below)
        under = {number: box for box in below for number in covered(box, self.columns)}
        for box in line:
            found = covered(box, self.columns)
            others = {under[number] for number in found if number in under}
            if len(found) > 1:
                is_part = 0 not in found and all(number in under for number in found) and len(others) > 1
            elif others:
                is_caption = len(line) == 1 and found[0] == self._widest()
                [other] = others  # of one column
                wraps = may_wrap(box, other, self.columns[found[0]], self.height)
                is_part = wraps and not is_caption and _are_aligned(box, other)
            else:
                is_part = bool(found) and gap < _OVERLAPPING * self.height  # beside the others, and higher
            if not is_part:
                return False
        return gap <= _LEADING * self.height

    def is_further(self, heads: Sequence[Line], line: Line) -> bool:
        """Whether the line goes on with the heads above it; where all lines are set evenly, only if it can be no row."""
        gap = bottom_of(heads[-1]) - bottom_of(line)
        cells = [(box, covered(box, self.columns)) for box in line if covered(box, self.columns)]
        if not cells or any(len(found) > 1 or 0 in found for _, found in cells):
            return False
        wide = 0
        for box, (column,) in cells:
            above = [(other, covered(other, self.columns)) for head in heads for other in head]
            above = [(other, found) for other, found in above if column in found]
            is_under_wide = any(len(found) > 1 for _, found in above)
            wide += is_under_wide
            if (
                above
                and not is_under_wide
                and not any(may_wrap(other, box, self.columns[column], self.height) for other, _ in above)
            ):
                return False
        if gap <= NEARER * self.usual:
            return True
        is_row = len(cells) >= len(self.columns) - 1 or [self._widest()] == [found[0] for _, found in cells]
        return gap <= _LEADING * self.height and (wide == len(cells) or not is_row)

    def _widest(self) -> int:
        return max(range(len(self.columns)), key=lambda number: self.columns[number][1] - self.columns[number][0])


def _are_aligned(one: Box, other: Box) -> bool:
    """Whether one of the pieces begins or ends where the other does, or both have the same middle."""
    left, right = one[0] - other[0], one[2] - other[2]
    return min(abs(left), abs(right), abs(left + right) / 2) <= ALIGNED
