"""The rules of tables on a page, and the grids that they make."""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from struct import Struct
from typing import Any, NamedTuple

import attrs

from .page_objects import PageObject, moved, page_objects
from .pdf_file import Box, PdfPage, unchecked

_TWO_FLOATS = Struct("2f")
_MOST_PARTS = 5_000  # of a page, and segments of a path

# In points.
_THICKEST = 2.5
_SHORTEST = 8.0
_CLOSE = 3.0  # rules no further apart are at one place, and meet
_LOWEST_ROW = 8.0  # what is lower is the space between the lines of a double rule

_FEWEST_COLUMNS = 2
_LEAST_HEIGHT = 0.6  # of a table, for rules between columns: those that end at a merged cell are shorter than it


class Rule(NamedTuple):
    """A straight line along the axis `at`, from `start` to `end`; some pages have thousands."""

    at: float
    start: float
    end: float


class Cell(NamedTuple):
    """The rows and columns that a cell goes over."""

    rows: range
    columns: range


@attrs.frozen
class Grid:
    """Edges of columns from left to right and of rows from the top down, with the rules that make each of them.

    Without `across` each edge of rows goes through all columns.
    """

    xs: tuple[float, ...]
    down: tuple[tuple[Rule, ...], ...]
    ys: tuple[float, ...]
    across: tuple[tuple[Rule, ...], ...] = ()

    def cell_at(self, x: float, y: float) -> Cell:
        """The cell at (x, y), a point of the grid."""
        column = max(0, min(bisect_right(self.xs, x), len(self.xs) - 1) - 1)
        return Cell(self._rows_at(column, y), self.columns_at(x, y))

    def columns_at(self, x: float, y: float) -> range:
        """The columns that the cell at (x, y) goes over."""
        return _between_rules(self.down, bisect_right(self.xs, x) - 1, y)

    def _rows_at(self, column: int, y: float) -> range:
        row = self.row_at(y)
        middle = (self.xs[column] + self.xs[column + 1]) / 2  # rules across end at the edges of columns, words begin near these
        return _between_rules(self.across, row, middle) if self.across else range(row, row + 1)

    def row_at(self, y: float) -> int:
        """The row at that height."""
        return max(0, min(bisect_left(self.ys, -y, key=lambda edge: -edge), len(self.ys) - 1) - 1)


def _between_rules(edges: Sequence[Sequence[Rule]], first: int, place: float) -> range:
    """The rows or columns around the `first`, as far as the next rules on either side of it that pass the place."""
    last = len(edges) - 1
    end = first + 1
    while first > 0 and not _are_at(edges[first], place):
        first -= 1
    while end < last and not _are_at(edges[end], place):
        end += 1
    return range(max(0, first), min(end, last))


def _are_at(rules: Iterable[Rule], place: float) -> bool:
    return any(rule.start - _CLOSE <= place <= rule.end + _CLOSE for rule in rules)


def grids(page: PdfPage, *, as_shown: bool = False) -> list[Grid]:
    """The grids of the page in which each edge between two columns is ruled through most rows.

    With `as_shown` their coordinates are those of the page as it is shown, else as it is stored.
    """
    across, down = list[Rule](), list[Rule]()
    path, strokes = page.file.raw.FPDF_PAGEOBJ_PATH, _Strokes(page.file.raw)
    for part in islice(page_objects(page), _MOST_PARTS):
        if part.kind == path:
            for box in strokes.of(part):
                left, bottom, right, top = page.as_shown(box) if as_shown else box
                if top - bottom <= _THICKEST and right - left >= _SHORTEST:
                    across.append(Rule((bottom + top) / 2, left, right))
                elif right - left <= _THICKEST and top - bottom >= _SHORTEST:
                    down.append(Rule((left + right) / 2, bottom, top))
    return list(_grids(_joined(across), _joined(down)))


class _Strokes:
    """Reads the straight pieces of a page's paths, which may be thousands: functions and buffers for it are made once."""

    def __init__(self, raw: Any) -> None:
        handle, whole, place = ctypes.c_void_p, ctypes.c_int, ctypes.create_string_buffer(_TWO_FLOATS.size)
        self._raw = raw
        self._count = unchecked("FPDFPath_CountSegments", handle)
        self._get = unchecked("FPDFPath_GetPathSegment", handle, whole, gives=handle)
        self._kind_of = unchecked("FPDFPathSegment_GetType", handle)
        self._get_point = unchecked("FPDFPathSegment_GetPoint", handle)
        self._place, self._x, self._y = place, ctypes.byref(place), ctypes.byref(place, _TWO_FLOATS.size // 2)

    def of(self, part: PageObject) -> Iterable[Box]:
        """The boxes of the straight pieces of a path that may be rules; a rectangle is four, or one where it is thin."""
        left, bottom, right, top = part.box
        width, height = right - left, top - bottom
        if width <= _THICKEST or height <= _THICKEST:
            return (part.box,)
        return self._pieces(part) if max(width, height) >= _SHORTEST else ()

    def _pieces(self, part: PageObject) -> Iterator[Box]:
        line, matrix, last = self._raw.FPDF_SEGMENT_LINETO, part.matrix(), (0.0, 0.0)
        for index in range(min(self._count(part.handle), _MOST_PARTS)):
            segment = self._get(part.handle, index)
            self._get_point(segment, self._x, self._y)
            point = moved(matrix, *_TWO_FLOATS.unpack(self._place))
            if self._kind_of(segment) == line:  # the side that closes a path is one, too
                yield _span(last, point)
            last = point


def _span(one: tuple[float, float], other: tuple[float, float]) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])


def _joined(rules: list[Rule]) -> list[Rule]:
    """The rules, pieces of one line put together: a table is often drawn cell by cell."""
    whole = list[Rule]()
    for rule in sorted(rules, key=lambda rule: (round(rule.at / _CLOSE), rule.start)):
        last = whole[-1] if whole else None
        if last and abs(last.at - rule.at) <= _CLOSE and rule.start <= last.end + _CLOSE:
            whole[-1] = Rule(last.at, min(last.start, rule.start), max(last.end, rule.end))
        else:
            whole.append(rule)
    return whole


def _grids(across: list[Rule], down: list[Rule]) -> Iterator[Grid]:
    """Rules across of the same length above one another, with rules down that go from the first to the last of them.

    The longest first: those of cells that go over several rows make shorter rules, which are a part of theirs.
    """
    by_ends = dict[tuple[int, int], list[Rule]]()
    for rule in across:
        key = next(
            (key for key in by_ends if abs(key[0] - rule.start) <= _CLOSE and abs(key[1] - rule.end) <= _CLOSE),
            (round(rule.start), round(rule.end)),
        )
        by_ends.setdefault(key, []).append(rule)
    for (left, right), rules in sorted(by_ends.items(), key=lambda item: item[0][0] - item[0][1]):
        between = [rule for rule in down if left - _CLOSE <= rule.at <= right + _CLOSE]
        for ys in _rows_of_tables(_distinct([rule.at for rule in rules])[::-1], between, (left, right)):
            if grid := _grid(ys, across, between, (left, right)):
                yield grid


def _rows_of_tables(ys: Sequence[float], down: Sequence[Rule], sides: tuple[int, int]) -> Iterator[list[float]]:
    """The edges of the rows of each table: where neither a rule between columns nor both sides go on, another one begins."""
    part = list(ys[:1])
    for high, low in pairwise(ys):
        going_on = [rule.at for rule in down if _length_within(rule, (high, low)) > _CLOSE]
        is_between = any(not _is_near_any(at, sides) for at in going_on)
        if not (is_between or all(_is_near_any(side, going_on) for side in sides) or high - low < _LOWEST_ROW):
            yield part
            part = []
        part.append(low)
    yield part


def _grid(ys: Sequence[float], across: list[Rule], down: list[Rule], sides: tuple[int, int]) -> Grid | None:
    """The grid of the rows between `ys`, with edges of columns at the rules down and at both sides; None if it is no table."""
    if len(ys) < 2:
        return None
    down = [rule for rule in down if _length_within(rule, ys) > _CLOSE]
    ruled = [rule.at for rule in down]
    down += [Rule(side, ys[-1], ys[0]) for side in sides if not _is_near_any(side, ruled)]  # many tables are open at their sides
    xs = _distinct([rule.at for rule in down])
    edges = tuple(tuple(rule for rule in down if abs(rule.at - x) <= _CLOSE) for x in xs)
    regular = all(sum(_length_within(rule, ys) for rule in edge) >= _LEAST_HEIGHT * (ys[0] - ys[-1]) for edge in edges)
    if not regular or len(xs) - 1 < _FEWEST_COLUMNS:
        return None
    across = [rule for rule in across if _is_edge_of_cells(rule, xs, ys)]
    ys = _distinct([*ys, *(rule.at for rule in across)])[::-1]
    return Grid(tuple(xs), edges, tuple(ys), tuple(tuple(rule for rule in across if abs(rule.at - y) <= _CLOSE) for y in ys))


def _is_edge_of_cells(rule: Rule, xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether the rule across goes from the edge of a column, or from outside, to that of another one."""
    if not ys[-1] - _CLOSE <= rule.at <= ys[0] + _CLOSE or rule.end <= xs[0] + _CLOSE or rule.start >= xs[-1] - _CLOSE:
        return False
    return (rule.start < xs[0] or _is_near_any(rule.start, xs)) and (rule.end > xs[-1] or _is_near_any(rule.end, xs))


def _length_within(rule: Rule, ys: Sequence[float]) -> float:
    """How long the part of a rule down is that lies in the rows."""
    return min(rule.end, ys[0]) - max(rule.start, ys[-1])


def _distinct(places: list[float]) -> list[float]:
    """The places in order, of those that are close to one another the first."""
    kept = list[float]()
    for place in sorted(places):
        if not kept or place - kept[-1] > _CLOSE:
            kept.append(place)
    return kept


def _is_near_any(place: float, places: Iterable[float]) -> bool:
    return any(abs(place - other) <= _CLOSE for other in places)
