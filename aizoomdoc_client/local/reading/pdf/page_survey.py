"""What the boxes of the runs of text on a page say of it, in a tenth of the time that its characters take."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import attrs

from .pdf_file import PdfPage, direction, unchecked

_TALL = 1.1
_NARROWEST = 3.0  # points; narrower and taller are single letters such as l
_GAP = 4.5  # points between the cells of a row
_FEWEST_ROWS = 2
_FEWEST_PARTS = 4
_SAME_ROW = 3.0  # points


@attrs.frozen
class PageSurvey:
    """Whether some text of a page runs up, down or slanting, and whether it may have a ruled table."""

    turned: bool
    table: bool


def survey(page: PdfPage) -> PageSurvey:
    """Looks at every run once: a turned one is taller than wide, cells of one row stand on one line and apart."""
    raw, text = page.file.raw, page.characters
    count = raw.FPDFText_CountRects(text, 0, -1)
    ruled = raw.FPDFPage_CountObjects(page.handle) - count >= _FEWEST_PARTS
    left, top, right, bottom = sides = [ctypes.c_double() for _ in range(4)]
    references, get = [ctypes.byref(side) for side in sides], unchecked(raw.FPDFText_GetRect)
    rows = dict[int, list[tuple[float, float]]]()
    for index in range(count):
        get(text, index, *references)
        start, end, low, high = left.value, right.value, bottom.value, top.value
        width, height = end - start, high - low
        if height > _TALL * width and width > _NARROWEST:
            found = raw.FPDFText_GetCharIndexAtPos(text, (start + end) / 2, (low + high) / 2, width / 2, height / 2)
            if found >= 0 and direction(raw, text, found):
                return PageSurvey(turned=True, table=False)
        if ruled:
            rows.setdefault(int((low + high) / 2 / _SAME_ROW), []).append((start, end))
    return PageSurvey(turned=False, table=page.is_turned() or sum(map(_has_gap, rows.values())) >= _FEWEST_ROWS)


def _has_gap(runs: list[tuple[float, float]]) -> bool:
    runs.sort()
    return any(start - end > _GAP for (_, end), (start, _) in pairwise(runs))
