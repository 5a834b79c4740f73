"""The ratios as bars: how far each figure is beyond its target, or short of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..figures import Result
from . import svg
from .table import asked, ratio

LABELS, SCALE, ROW, TOP = 470.0, 260.0, 22.0, 56.0
LEAST, MOST = 0.5, 8.0
"""The ends of the scale, in multiples of the target; bars beyond them are cut."""


def bars(results: Sequence[Result], titles: Sequence[str]) -> str:
    """The picture: a row for each result."""
    height = TOP + ROW * len(results) + 16
    rows = [part for number, pair in enumerate(zip(results, titles, strict=True)) for part in _row(*pair, TOP + ROW * number)]
    return svg.picture(LABELS + SCALE + 150, height, "Figures against their targets", [*_axis(height - 16), *rows])


def _axis(bottom: float) -> list[str]:
    parts = [svg.text(12, 20, "Each figure against its target: to the right of the line it is better than asked", bold=True)]
    for multiple in (0.5, 1, 2, 4, 8):
        x = _place(multiple)
        is_target = multiple == 1
        parts += [
            svg.line((x, TOP - 8), (x, bottom), colour=svg.INK if is_target else svg.FAINT),
            svg.text(x, TOP - 14, "target" if is_target else f"×{multiple:g}", anchor="middle"),
        ]
    return parts


def _row(result: Result, title: str, y: float) -> list[str]:
    base = y + ROW / 2 + 4
    parts = [svg.text(LABELS - 12, base, title.replace("`", ""), anchor="end")]
    if result.ratio is not None:
        target, end = _place(1.0), _place(margin(result))
        colour = svg.GOOD if result.ok else svg.BAD
        parts.append(svg.bar(min(target, end), y + 4, max(abs(end - target), 1.5), ROW - 8, colour))
    said = f"{ratio(result)}  ({asked(result)})"
    return [*parts, svg.text(LABELS + SCALE + 14, base, said, colour=svg.INK if result.ok else svg.BAD)]


def margin(result: Result) -> float:
    """The ratio in multiples of its target, above 1 when it is better than asked."""
    if not result.ratio or result.ratio < 0:
        return MOST if result.better == "lower" else LEAST
    return result.ratio / result.target if result.better == "higher" else result.target / result.ratio


def _place(multiple: float) -> float:
    share = math.log(min(max(multiple, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return LABELS + SCALE * share
