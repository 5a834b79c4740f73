"""What the boxes of the runs of text on a page say of it, in a tenth of the time that its characters take."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import attrs

from .borderless_columns import ALIGNED
from .pdf_file import Box, PdfPage

# In points.
_NARROWEST = 3.0  # of runs that may be turned: narrower ones are single letters such as l
_CELL_GAP = 4.5  # between the cells of a row
_SAME_ROW = 3.0
_GUTTER = 6.0  # between columns without rules
_RISE = 12.0  # from the foot of one of such columns to the head of the next, at the least

_TALL = 1.1  # of its width: a run that is higher may be turned
_FEWEST_RULES = 4  # of a table: objects of the page that are no text
_FEWEST_ROWS_WITH_GAPS = 2
_FEWEST_CELLS = 3  # that stand beside or below one another
_MOST_RISES = 12
_RUNS_AFTER_RISE = 12
_LEAST_LINE_ENDS = 0.8  # of the steps down from one run to the next
_MOST_RAISED = 200  # runs

# Of a raised run, in heights of the run before it.
_HIGHER_FOOT = 0.35
_HIGHER_FOOT_IN_BRACKETS, _HIGHER_TOP_IN_BRACKETS = 0.2, 0.3
_MOST_BELOW_TOP = 0.35  # that its top is lower
_MOST_ABOVE_TOP = 0.3  # that its foot is above the other's top
_TALLEST_RAISED = 1.45  # a raised figure after a letter without an ascender
_FLAT = 0.3  # a hyphen, or the sign of a power


@attrs.frozen
class PageSurvey:
    """Whether some text of a page runs up, down or slanting as it is stored, and whether it may have a ruled table.

    `columns` are the boxes of the runs in the order of the text, where this order is that of a table without rules; else none.
    `raised` are those of small runs that stand high beside the one before, as marks of footnotes and powers do. On a page with
    turned text they are only those that are upright as the page is shown.
    """

    turned: bool
    table: bool
    columns: tuple[Box, ...] = ()
    raised: tuple[Box, ...] = ()


def survey(page: PdfPage) -> PageSurvey:
    """Looks at every run once: a turned one is taller than wide, cells of one row stand on one line and apart.

    On a page that is shown turned, a run may be turned by 180 degrees and be wide. If none of its runs is turned, the text
    stands as on any other page, however that is shown.
    """
    runs = stored = page.run_boxes()
    is_turned = page.is_turned() and any(_is_turned(page, run) for run in runs)
    if is_turned:
        runs = [*map(page.as_shown, stored)]
    ruled = page.file.raw.FPDFPage_CountObjects(page.handle) - len(runs) >= _FEWEST_RULES
    tall, rises, starts, raised = _looked_at(runs)
    del raised[_MOST_RAISED:]
    if is_turned or any(_is_turned(page, run) for run in tall):
        upright = (stored[index] for index in raised if _are_upright(page, *stored[index - 1 : index + 1]))
        return PageSurvey(turned=True, table=ruled, raised=tuple(upright))
    table = ruled and _has_rows(runs)
    is_torn = _goes_on_beside(runs, rises) or (_are_aligned(starts) and _is_joined(page, runs))
    columns = tuple(runs) if is_torn else ()
    return PageSurvey(turned=False, table=table, columns=columns, raised=tuple(runs[index] for index in raised))


class _Look(NamedTuple):
    """What one look at each run finds.

    `tall` are the runs that may be turned, `rises` the indices of those that begin right of the run before and higher, `starts`
    where those begin that stand right of it on one line, and `raised` the indices of those that are raised above it, or, as the
    mark with which a footnote begins, above the run after it.
    """

    tall: list[Box]
    rises: list[int]
    starts: list[float]
    raised: list[int]


def _looked_at(runs: list[Box]) -> _Look:
    """Compares each run with the one before it that is not raised, above which several may be."""
    look = tall, rises, starts, raised = _Look([], [], [], [])
    last_low, last_end, last_high = 0.0, math.inf, 0.0
    for index, run in enumerate(runs):
        start, low, end, high = run
        if high - low > _TALL * (end - start) and end - start > _NARROWEST:
            tall.append(run)
        if start - last_end > _GUTTER:
            if low - last_low > _RISE:
                rises.append(index)
            elif last_low - low < _SAME_ROW:
                starts.append(start)
        elif _is_higher(run, last_low, last_high) and _is_beside(run, last_low, last_end, last_high):
            if high - low > _FLAT * (last_high - last_low):
                raised.append(index)
            last_end = end  # what follows may be raised above the same run
            continue
        elif abs(start - last_end) < _SAME_ROW and _is_lower(run, last_low, last_high):
            raised.append(index - 1)
        last_low, last_end, last_high = low, end, high
    return look


def _is_higher(run: Box, last_low: float, last_high: float) -> bool:
    """Whether a run stands clearly higher than the one before, at its foot or, with brackets, at both ends.

    By its box, which is at hand. What is found costs more: `superscripts` looks at the fonts of its characters.
    """
    height, foot = last_high - last_low, run[1] - last_low
    if foot > _HIGHER_FOOT * height:
        return True
    return foot > _HIGHER_FOOT_IN_BRACKETS * height and run[3] - last_high > _HIGHER_TOP_IN_BRACKETS * height


def _is_lower(run: Box, last_low: float, last_high: float) -> bool:
    """Whether the run before is less high and stands clearly higher at its foot."""
    height = run[3] - run[1]
    return (
        last_low - run[1] > _HIGHER_FOOT * height
        and last_high - last_low < height
        and run[3] - last_high < _MOST_BELOW_TOP * height
    )


def _is_beside(run: Box, last_low: float, last_end: float, last_high: float) -> bool:
    """Whether a run begins where the one before ends, and is neither far above or below its top nor much taller."""
    start, low, _, high = run
    height = last_high - last_low
    is_near = abs(start - last_end) < _SAME_ROW and low < last_high + _MOST_ABOVE_TOP * height
    return is_near and last_high < high + _MOST_BELOW_TOP * height and high - low < _TALLEST_RAISED * height


def _is_turned(page: PdfPage, run: Box) -> bool:
    return _direction(page, run) != 0


def _are_upright(page: PdfPage, *runs: Box) -> bool:
    """Whether the runs are upright as the page is shown: a figure beside a turned label is not raised above it."""
    return all(_direction(page, run) == page.upright for run in runs)


def _direction(page: PdfPage, run: Box) -> int:
    """The direction of a run's characters, 0 where there are none."""
    raw, text = page.file.raw, page.text_page
    start, low, end, high = run
    x, y = (start + end) / 2, (low + high) / 2
    found = raw.FPDFText_GetCharIndexAtPos(text, x, y, 0, 0)  # mostly there is one: to look around takes twice as long
    if found < 0:
        found = raw.FPDFText_GetCharIndexAtPos(text, x, y, (end - start) / 2, (high - low) / 2)
    return page.direction(found) if found >= 0 else 0


def _goes_on_beside(runs: list[Box], rises: list[int]) -> bool:
    """Whether, where the text rises, some of what comes next is beside what came before, line by line."""
    if not rises:
        return False
    rows = [(low + high) / 2 // _SAME_ROW for _, low, _, high in runs]
    for rise in rises[:_MOST_RISES]:
        before = set(rows[:rise])
        if sum(bool(before & {row - 1, row, row + 1}) for row in set(rows[rise : rise + _RUNS_AFTER_RISE])) >= _FEWEST_CELLS:
            return True
    return False


def _is_joined(page: PdfPage, runs: list[Box]) -> bool:
    """Whether the text has fewer lines than the page: PDFium joins some where there are few words on it."""
    down = sum(one[1] - other[1] > _RISE / 2 for one, other in pairwise(runs))
    return page.text().count("\n") < _LEAST_LINE_ENDS * down


def _are_aligned(starts: list[float]) -> bool:
    """Whether enough runs that stand right of another one begin at the same place."""
    starts.sort()
    last = _FEWEST_CELLS - 1
    return any(starts[place + last] - start <= ALIGNED for place, start in enumerate(starts[:-last]))


def _has_rows(runs: list[Box]) -> bool:
    rows = dict[int, list[tuple[float, float]]]()
    for start, low, end, high in runs:
        rows.setdefault(int((low + high) / 2 / _SAME_ROW), []).append((start, end))
    return sum(map(_has_gap, rows.values())) >= _FEWEST_ROWS_WITH_GAPS


def _has_gap(runs: list[tuple[float, float]]) -> bool:
    runs.sort()
    return any(start - end > _CELL_GAP for (_, end), (start, _) in pairwise(runs))
