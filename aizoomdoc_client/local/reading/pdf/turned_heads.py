"""Heads of narrow columns that are written upwards, laid from left to right so that they are read as the others are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from .characters import Character
from .rules import Cell, Grid

_FILLED = 0.9  # of a cell's width and height


def heads_laid_upright(
    upwards: Mapping[int, Character], upright: Mapping[int, Character], ruled: Sequence[Grid]
) -> dict[int, Character]:
    """The characters of labels that stand alone in a cell of the heads of a ruled table, laid from left to right in the cell.

    They become smaller by it, all alike, so that gaps and lines keep their proportions.
    """
    return {index: char for grid in ruled for index, char in _laid_in(grid, upwards, upright)}


def _laid_in(grid: Grid, upwards: Mapping[int, Character], upright: Mapping[int, Character]) -> Iterator[tuple[int, Character]]:
    """The characters laid from left to right; not those of a label that is partly in no head, or in one with upright text."""
    end = _end_of_heads(grid)
    taken = {_head_at(grid, end, char) for char in upright.values()}
    cells, outside = defaultdict[Cell, dict[int, Character]](dict), set[int]()
    for index, char in upwards.items():
        cell = _head_at(grid, end, char)
        if cell is None or cell in taken:
            outside |= {index - 1, index + 1}
        else:
            cells[cell][index] = char
    for cell, chars in cells.items():
        if outside.isdisjoint(chars):
            yield from _laid(grid, cell, chars)


def _end_of_heads(grid: Grid) -> int:
    """The row after the heads: below titles, and below all heads where one of them goes over several columns."""
    rows = range(len(grid.ys) - 1)
    first = next((row for row in rows if len(_cells_in(grid, row)) > 1), 0)
    heads = _cells_in(grid, first)
    is_divided = any(len(cell.columns) > 1 for cell in heads)
    return max(cell.rows.stop for cell in heads) if is_divided else first + 1


def _cells_in(grid: Grid, row: int) -> list[Cell]:
    y = (grid.ys[row] + grid.ys[row + 1]) / 2
    return list(dict.fromkeys(grid.cell_at((left + right) / 2, y) for left, right in pairwise(grid.xs)))


def _head_at(grid: Grid, end: int, char: Character) -> Cell | None:
    """The cell above the row `end` in which the character is."""
    x, y = (char.left + char.right) / 2, (char.bottom + char.top) / 2
    if not (grid.xs[0] <= x <= grid.xs[-1] and grid.ys[end] <= y <= grid.ys[0]):
        return None
    return cell if (cell := grid.cell_at(x, y)).rows.start < end else None


def _laid(grid: Grid, cell: Cell, chars: Mapping[int, Character]) -> Iterator[tuple[int, Character]]:
    """The characters of the cell turned by 90 degrees to the right, and made small enough for it."""
    left, right = grid.xs[cell.columns.start], grid.xs[cell.columns.stop]
    top, bottom = grid.ys[cell.rows.start], grid.ys[cell.rows.stop]
    low, first = min(char.bottom for char in chars.values()), min(char.left for char in chars.values())
    length = max(char.top for char in chars.values()) - low
    depth = max(char.right for char in chars.values()) - first
    scale = _FILLED * min((right - left) / max(length, 1.0), (top - bottom) / max(depth, 1.0))
    for index, char in chars.items():
        yield (
            index,
            Character(
                char.text,
                left=left + (char.bottom - low) * scale,
                bottom=top - (char.right - first) * scale,
                right=left + (char.top - low) * scale,
                top=top - (char.left - first) * scale,
            ),
        )
