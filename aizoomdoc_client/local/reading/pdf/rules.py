"""The rules of tables on a page, and the grids that they make."""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from struct import Struct
from typing import Any, NamedTuple

import attrs

from .page_objects import PageObject, moved, page_objects
from .pdf_file import Box, PdfPage, unchecked

_TWO_FLOATS = Struct("2f")
_MOST_PARTS = 5_000
_THIN = 2.5  # points
_SHORTEST = 8.0
_CLOSE = 3.0
_FEWEST_EDGES = 3
_MOST_ROWS = 0.6  # of the height of a table: a rule that ends at a merged cell is shorter


class Rule(NamedTuple):
    """A straight line along the axis `at`, from `start` to `end`; some pages have thousands."""

    at: float
    start: float
    end: float


@attrs.frozen
class Grid:
    """Edges of columns from left to right, each with the rules that make it, and of rows from the top down."""

    xs: tuple[float, ...]
    down: tuple[tuple[Rule, ...], ...]
    ys: tuple[float, ...]

    def columns_at(self, x: float, y: float) -> range:
        """The columns that the cell at (x, y), a point of the grid, goes over."""
        first, last = bisect_right(self.xs, x) - 1, len(self.xs) - 1
        end = first + 1
        while first > 0 and not self._is_ruled(first, y):
            first -= 1
        while end < last and not self._is_ruled(end, y):
            end += 1
        return range(max(0, first), min(end, last))

    def _is_ruled(self, edge: int, y: float) -> bool:
        return any(rule.start - _CLOSE <= y <= rule.end + _CLOSE for rule in self.down[edge])


def grids(page: PdfPage, *, as_shown: bool = False) -> list[Grid]:
    """The grids of the page, turned with it if `as_shown`, in which each rule between two columns goes through most rows."""
    across, down = list[Rule](), list[Rule]()
    path, strokes = page.file.raw.FPDF_PAGEOBJ_PATH, _Strokes(page.file.raw)
    for part in islice(page_objects(page), _MOST_PARTS):
        if part.kind == path:
            for box in strokes.of(part):
                left, bottom, right, top = page.as_shown(box) if as_shown else box
                if top - bottom <= _THIN and right - left >= _SHORTEST:
                    across.append(Rule((bottom + top) / 2, left, right))
                elif right - left <= _THIN and top - bottom >= _SHORTEST:
                    down.append(Rule((left + right) / 2, bottom, top))
    return list(_grids(_joined(across), _joined(down)))


class _Strokes:
    """The straight pieces of the paths of a page, which may have thousands: what they are asked for with is made once."""

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
        if width <= _THIN or height <= _THIN:
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
    """Rules across of the same length above one another, with rules down that go from the first to the last of them."""
    by_ends = dict[tuple[int, int], list[Rule]]()
    for rule in across:
        key = next(
            (key for key in by_ends if abs(key[0] - rule.start) <= _CLOSE and abs(key[1] - rule.end) <= _CLOSE),
            (round(rule.start), round(rule.end)),
        )
        by_ends.setdefault(key, []).append(rule)
    for (left, right), rules in by_ends.items():
        ys = _distinct([rule.at for rule in rules])[::-1]
        if len(ys) < _FEWEST_EDGES:
            continue
        inside = [rule for rule in down if left - _CLOSE <= rule.at <= right + _CLOSE and _length(rule, ys) > _CLOSE]
        sides = [side for side in (left, right) if not _near(side, [rule.at for rule in inside])]  # many tables are open there
        inside += [Rule(side, ys[-1], ys[0]) for side in sides]
        xs = _distinct([rule.at for rule in inside])
        edges = tuple(tuple(rule for rule in inside if abs(rule.at - x) <= _CLOSE) for x in xs)
        regular = all(sum(_length(rule, ys) for rule in edge) >= _MOST_ROWS * (ys[0] - ys[-1]) for edge in edges)
        if regular and len(xs) >= _FEWEST_EDGES:
            yield Grid(tuple(xs), edges, tuple(ys))


def _length(rule: Rule, ys: list[float]) -> float:
    """How long the part of a rule down is that lies in the rows."""
    return min(rule.end, ys[0]) - max(rule.start, ys[-1])


def _distinct(places: list[float]) -> list[float]:
    kept = list[float]()
    for place in sorted(places):
        if not kept or place - kept[-1] > _CLOSE:
            kept.append(place)
    return kept


def _near(place: float, places: list[float]) -> bool:
    return any(abs(place - other) <= _CLOSE for other in places)
