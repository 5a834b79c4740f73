"""Tables without rules: their cells stand below one another at the same place, with white gutters between the columns.

A file often has such a table column by column, and then its text has no rows. Prose in columns looks alike, so what is not sure
is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from statistics import median

import attrs

from .pdf_file import Box
from .rules import Grid, Rule

_MOST_SEGMENTS = 3_000
_MOST_STACKS = 60
_FEWEST_ROWS = 3
_MOST_COLUMNS = 12
_MOST_FURTHER = 4  # lines of the last row
_ALIGNED = 2.0  # points
_MARGIN = 1.5  # points

# In heights of the letters, which are some 0.7 of a font's size.
_WORD_GAP = 0.9
_GUTTER = 1.0
_ROW_GAP = 7.0
_HEAD_GAP = 4.0
_PROSE_WIDTH = 14.0

_SAME_LINE = 0.3  # of the lower one's height
_FULL = 0.7  # of a column's width
_MOST_FULL = 0.6  # of a column's lines
_SPARSE = 1 / 3  # of the rows
_NEARER = 0.85


@attrs.frozen
class _Block:
    """Rows from the top down, each of one or more lines of segments."""

    rows: list[list[list[Box]]]
    columns: list[tuple[float, float]]


def column_grids(runs: Sequence[Box]) -> Iterator[Grid]:
    """The grids of the tables that the boxes of runs of upright text make, with one edge before each column and row."""
    segments = list(_segments(runs))
    if not 2 * _FEWEST_ROWS <= len(segments) <= _MOST_SEGMENTS:
        return
    height = median(top - bottom for _, bottom, _, top in segments)
    lines = _lines(segments)
    for anchors in _aligned(lines, height):
        if (block := _block(lines, anchors, height)) and not _is_prose(block, height):
            yield _grid(block)


def _segments(runs: Sequence[Box]) -> Iterator[Box]:
    """The runs, those of one cell put together."""
    last: Box | None = None
    for run in runs:
        if last and _on_one_line(last, run) and abs(run[0] - last[2]) < _WORD_GAP * max(last[3] - last[1], run[3] - run[1]):
            last = last[0], min(last[1], run[1]), max(last[2], run[2]), max(last[3], run[3])
        else:
            if last:
                yield last
            last = run
    if last:
        yield last


def _on_one_line(one: Box, other: Box) -> bool:
    return min(one[3], other[3]) - max(one[1], other[1]) > _SAME_LINE * min(one[3] - one[1], other[3] - other[1])


def _lines(segments: list[Box]) -> list[list[Box]]:
    """The segments by lines across the whole page, from the top down, each from left to right."""
    lines = list[list[Box]]()
    for segment in sorted(segments, key=lambda box: -(box[1] + box[3])):
        if lines and _on_one_line(lines[-1][0], segment):
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return [sorted(line) for line in lines]


def _aligned(lines: list[list[Box]], height: float) -> Iterator[list[int]]:
    """Numbers of lines in which the same two or more columns begin, near one another."""
    starts = sorted((segment[0], number) for number, line in enumerate(lines) for segment in line)
    stacks, before = list[list[int]](), -1000.0
    for start, number in starts:
        if start - before > _ALIGNED:
            stacks.append([])
            before = start
        stacks[-1].append(number)
    parts = [set(part) for stack in stacks for part in _near(sorted(set(stack)), lines, height)][:_MOST_STACKS]
    groups = list[list[set[int]]]()
    for one, other in combinations(parts, 2):
        if len(shared := one & other) >= _FEWEST_ROWS:
            group = next((group for group in groups if any(len(shared & both) >= _FEWEST_ROWS for both in group)), None)
            if group is None:
                groups.append(group := [])
            group.append(shared)
    for group in groups:
        yield from _near(sorted(set[int]().union(*group)), lines, height)


def _near(numbers: list[int], lines: list[list[Box]], height: float) -> Iterator[list[int]]:
    """The lines, parted where they are too far from one another; parts of too few are left out."""
    part = list[int]()
    for number in numbers:
        if part and lines[part[-1]][0][1] - lines[number][0][1] > _ROW_GAP * height:
            if len(part) >= _FEWEST_ROWS:
                yield part
            part = []
        part.append(number)
    if len(part) >= _FEWEST_ROWS:
        yield part


def _block(lines: list[list[Box]], anchors: list[int], height: float) -> _Block | None:
    """The table of those lines, with its heads and the further lines of its cells; None where these are not sure."""
    columns = _columns([segment for number in anchors for segment in lines[number]], height)
    above = anchors[0] - 1
    if (
        above >= 0
        and _bottom(lines[above]) - _bottom(lines[anchors[0]]) <= _HEAD_GAP * height
        and _are_heads(lines[above], columns)
    ):
        anchors = [above, *anchors]
        columns = _columns([segment for number in anchors for segment in lines[number]], height)
    columns = _with_heads(columns, [lines[number] for number in anchors])
    if not 2 <= len(columns) <= _MOST_COLUMNS:
        return None
    first, end = columns[0][0], columns[-1][1]
    inside = {
        number: own
        for number in range(anchors[0], min(len(lines), anchors[-1] + _MOST_FURTHER))
        if (own := [box for box in lines[number] if box[2] > first and box[0] < end])
    }
    rows = _rows(inside, anchors, columns)
    return _Block(rows, columns) if len(rows) >= _FEWEST_ROWS else None


def _bottom(line: list[Box]) -> float:
    return min(box[1] for box in line)


def _columns(segments: list[Box], height: float) -> list[tuple[float, float]]:
    """From where to where the columns go that white gutters part."""
    columns = list[tuple[float, float]]()
    for left, _, right, _ in sorted(segments):
        if columns and left - columns[-1][1] < _GUTTER * height:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _column(box: Box, columns: list[tuple[float, float]]) -> int | None:
    """The only column that the box stands in."""
    found = [number for number, (left, right) in enumerate(columns) if box[0] < right and box[2] > left]
    return found[0] if len(found) == 1 and box[0] > columns[found[0]][0] - _ALIGNED else None


def _are_heads(line: list[Box], columns: list[tuple[float, float]]) -> bool:
    found = [_column(box, columns) for box in line]
    return len(set(found)) == len(found) >= max(2, len(columns) / 2) and None not in found


def _with_heads(columns: list[tuple[float, float]], lines: list[list[Box]]) -> list[tuple[float, float]]:
    """The columns without those at the sides that have no head or hardly any cells: they are of something beside the table."""
    found = [{_column(box, columns) for box in line} for line in lines]
    good = [number in found[0] and sum(number in row for row in found) > _SPARSE * len(found) for number in range(len(columns))]
    kept = [number for number, is_good in enumerate(good) if is_good]
    return columns[kept[0] : kept[-1] + 1] if kept else []


def _rows(inside: dict[int, list[Box]], anchors: list[int], columns: list[tuple[float, float]]) -> list[list[list[Box]]]:
    """The lines by rows; none where one is of no column, or may be of the row above as well as of the one below."""
    rows, known = list[list[list[Box]]](), set(anchors)
    whole = [number for number in anchors if any(_column(box, columns) == 0 for box in inside.get(number, []))]
    usual = median(_bottom(inside[one]) - _bottom(inside[other]) for one, other in pairwise(whole)) if len(whole) > 1 else 0.0
    numbers = sorted(inside)
    for place, number in enumerate(numbers):
        line = inside[number]
        gap = _bottom(inside[numbers[place - 1]]) - _bottom(line) if place else 0.0
        is_whole = number in whole
        if number > anchors[-1] and (gap > _NEARER * usual or not rows or any(_column(box, columns) is None for box in line)):
            break
        if any(_column(box, columns) is None for box in line):
            return []
        if number in known and (is_whole or gap > _NEARER * usual):
            rows.append([line])
        elif is_whole or not rows:
            return []
        else:
            rows[-1].append(line)
    return rows if all(_is_sure(rows, number) for number in range(len(rows) - 1)) else []


def _is_sure(rows: list[list[list[Box]]], number: int) -> bool:
    """Whether the further lines of a row are nearer to it than to the next; where all are set evenly, it has but one."""
    row = rows[number]
    if len(row) == 1:
        return True
    inner = max(_bottom(one) - _bottom(other) for one, other in pairwise(row))
    outer = _bottom(row[-1]) - _bottom(rows[number + 1][0])
    return inner < _NEARER * outer or (len(row) == 2 and number > 0 and inner < outer / _NEARER)


def _is_prose(block: _Block, height: float) -> bool:
    """Whether two columns or more are of lines that are about equally long, and as long as lines of prose."""
    prose = 0
    for number, (left, right) in enumerate(block.columns):
        boxes = [box for row in block.rows for line in row for box in line if _column(box, block.columns) == number]
        full = sum(box[2] - box[0] > _FULL * (right - left) for box in boxes)
        prose += right - left > _PROSE_WIDTH * height and full > _MOST_FULL * len(boxes)
    return prose >= 2


def _grid(block: _Block) -> Grid:
    edges = [(min(map(_bottom, row)), max(box[3] for line in row for box in line)) for row in block.rows]
    ys = (edges[0][1] + _MARGIN, *((one[0] + other[1]) / 2 for one, other in pairwise(edges)), edges[-1][0] - _MARGIN)
    xs = (*(left - _MARGIN for left, _ in block.columns), block.columns[-1][1] + _MARGIN)
    return Grid(xs, tuple((Rule(x, ys[-1], ys[0]),) for x in xs), ys)
