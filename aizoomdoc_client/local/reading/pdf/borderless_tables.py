"""Tables without rules: their cells stand below one another at the same place, with white gutters between the columns.

A file often has such a table column by column, and then its text has no rows. Prose in columns looks alike, so what is not sure
is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set as AbstractSet
from itertools import combinations
from statistics import median

from .borderless_columns import ALIGNED, FEWEST_ROWS, Column, bottom_of, column_of, covered
from .borderless_heads import head_lines, widened
from .borderless_rows import Block, grid_of, table_block
from .pdf_file import Box
from .rules import Grid

_MOST_SEGMENTS = 3_000  # of a page
_MOST_STACKS = 60  # of lines that begin at one place: each is compared with each
_MOST_COLUMNS = 12

# In heights of the letters, which are some 0.7 of a font's size.
_WORD_GAP = 0.9  # between words of one cell, at the most
_GUTTER = 1.0  # between columns, at the least
_ROW_GAP = 7.0  # between rows of one table, at the most
_HEAD_GAP = 4.0  # between the heads and the first row, at the most
_PROSE_WIDTH = 14.0  # of a column of prose, at the least

_SAME_LINE = 0.3  # of the smaller height, which two segments of a line share at the least
_FULL = 0.7  # of a column's width: a longer line fills it
_MOST_FULL = 0.6  # of a column's lines: where more fill it, it is prose
_SPARSE = 1 / 3  # of the rows: a column at a side with fewer cells is of something else


def borderless_grids(runs: Sequence[Box]) -> Iterator[Grid]:
    """The grids of the tables that the boxes of runs of upright text make, with one edge before each column and row."""
    segments = list(_segments(runs))
    if not 2 * FEWEST_ROWS <= len(segments) <= _MOST_SEGMENTS:
        return
    height = median(top - bottom for _, bottom, _, top in segments)
    lines = _lines(segments)
    for anchors in _aligned(lines, height):
        if (block := _block(lines, anchors, height)) and not _is_prose(block, height):
            yield grid_of(block)


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
    """Whether the segments overlap in height."""
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
    parts = [set(part) for stack in _stacks(lines) for part in _near(sorted(stack), lines, height)][:_MOST_STACKS]
    groups = list[list[set[int]]]()  # of the lines that two stacks share, those that have some in common
    for one, other in combinations(parts, 2):
        if len(shared := one & other) >= FEWEST_ROWS:
            group = next((group for group in groups if any(len(shared & both) >= FEWEST_ROWS for both in group)), None)
            if group is None:
                groups.append(group := [])
            group.append(shared)
    for group in groups:
        yield from _near(sorted(set[int]().union(*group)), lines, height)


def _stacks(lines: list[list[Box]]) -> list[set[int]]:
    """For each place at which segments begin, from left to right, the numbers of the lines that have one there."""
    stacks, first = list[set[int]](), -math.inf
    for start, number in sorted((segment[0], number) for number, line in enumerate(lines) for segment in line):
        if start - first > ALIGNED:
            stacks.append(set())
            first = start
        stacks[-1].add(number)
    return stacks


def _near(numbers: list[int], lines: list[list[Box]], height: float) -> Iterator[list[int]]:
    """The lines, parted where they are too far from one another; parts of too few are left out."""
    part = list[int]()
    for number in numbers:
        if part and lines[part[-1]][0][1] - lines[number][0][1] > _ROW_GAP * height:
            if len(part) >= FEWEST_ROWS:
                yield part
            part = []
        part.append(number)
    if len(part) >= FEWEST_ROWS:
        yield part


def _block(lines: list[list[Box]], anchors: list[int], height: float) -> Block | None:
    """The table that has its rows at the lines `anchors`, with its heads and the further lines of its cells.

    None where it is not certain which rows these belong to.
    """
    columns = _columns([segment for number in anchors for segment in lines[number]], height)
    above = anchors[0] - 1
    if (
        above >= 0
        and bottom_of(lines[above]) - bottom_of(lines[anchors[0]]) <= _HEAD_GAP * height
        and _are_heads(lines[above], columns)
    ):
        anchors = [above, *anchors]
        columns = _columns([segment for number in anchors for segment in lines[number]], height)
    heads = head_lines(lines, anchors, columns, height)
    columns = _with_heads(widened(columns, [lines[number] for number in heads]), lines, anchors, heads)
    return table_block(lines, anchors, heads, columns, height) if 2 <= len(columns) <= _MOST_COLUMNS else None


def _columns(segments: list[Box], height: float) -> list[Column]:
    """From where to where the columns go that white gutters part; a segment over several of them does not join them."""
    columns = list[tuple[Column, int]]()
    for left, _, right, _ in sorted(segments, key=lambda box: box[2] - box[0]):
        near = [each for each in columns if left - each[0][1] < _GUTTER * height and each[0][0] - right < _GUTTER * height]
        if sum(count >= FEWEST_ROWS for _, count in near) > 1:
            continue
        columns = [each for each in columns if each not in near]
        start, end = min([left, *(each[0][0] for each in near)]), max([right, *(each[0][1] for each in near)])
        columns.append(((start, end), 1 + sum(count for _, count in near)))
    return sorted(column for column, _ in columns)


def _are_heads(line: list[Box], columns: list[Column]) -> bool:
    found = [column_of(box, columns) for box in line]
    return len(set(found)) == len(found) >= max(2, len(columns) / 2) and None not in found


def _with_heads(columns: list[Column], lines: list[list[Box]], anchors: list[int], heads: list[int]) -> list[Column]:
    """The columns without those at the sides that have no head or hardly any cells: they are of something beside the table."""
    head = {number for line in heads for box in lines[line] for number in covered(box, columns)}
    found: list[AbstractSet[int | None]] = [
        head,
        *({column_of(box, columns) for box in lines[number]} for number in anchors if number not in heads),
    ]
    good = [number in head and sum(number in row for row in found) > _SPARSE * len(found) for number in range(len(columns))]
    kept = [number for number, is_good in enumerate(good) if is_good]
    return columns[kept[0] : kept[-1] + 1] if kept else []


def _is_prose(block: Block, height: float) -> bool:
    """Whether two columns or more are of lines that are about equally long, and as long as lines of prose."""
    prose = 0
    for number, (left, right) in enumerate(block.columns):
        boxes = [box for row in block.rows for line in row for box in line if column_of(box, block.columns) == number]
        full = sum(box[2] - box[0] > _FULL * (right - left) for box in boxes)
        prose += right - left > _PROSE_WIDTH * height and full > _MOST_FULL * len(boxes)
    return prose >= 2
