"""Growth as lines: the work on a logarithmic axis, its cost from zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from . import svg
from .numbers import Line

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 430.0, 300.0, 66.0, 56.0, 46.0, 34.0


@attrs.frozen(kw_only=True)
class Panel:
    """One diagram."""

    title: str
    across: str
    lines: Sequence[Line]

    @property
    def sizes(self) -> list[float]:
        """Where the points stand."""
        return sorted({x for line in self.lines for x, _ in line.points})


def plot(panels: Sequence[Panel]) -> str:
    """The picture: the panels side by side."""
    legend = 20.0 * max(len(panel.lines) for panel in panels)
    parts = [part for number, panel in enumerate(panels) for part in _panel(panel, WIDTH * number)]
    return svg.picture(WIDTH * len(panels), HEIGHT + legend, "Cost as the work grows", parts)


def _panel(panel: Panel, left: float) -> list[str]:
    top_value = _round_up(max(y for line in panel.lines for _, y in line.points))
    first, last = math.log10(panel.sizes[0]), math.log10(panel.sizes[-1])
    start, end, bottom = left + LEFT, left + WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(point: tuple[float, float]) -> tuple[float, float]:
        share = (math.log10(point[0]) - first) / (last - first)
        return start + (end - start) * share, bottom - (bottom - TOP) * point[1] / top_value

    parts = [
        svg.text(left + 12, 24, panel.title, bold=True),
        svg.text((start + end) / 2, HEIGHT - 8, panel.across, anchor="middle"),
    ]
    for value in (0.0, top_value / 2, top_value):
        _, y = place((panel.sizes[0], value))
        parts += [svg.line((start, y), (end, y)), svg.text(start - 8, y + 4, f"{value:,.0f}", anchor="end")]
    parts += [svg.text(place((size, 0))[0], bottom + 18, f"{size:,.0f}", anchor="middle") for size in panel.sizes]
    for number, (line, colour) in enumerate(zip(panel.lines, svg.COLOURS, strict=False)):
        y = HEIGHT + 12 + 20 * number
        parts += [svg.curve([place(point) for point in line.points], colour)]
        parts += [svg.bar(start, y - 9, 18, 4, colour), svg.text(start + 26, y - 3, line.name)]
    return parts


def _round_up(value: float) -> float:
    """The next number with one or two digits that are not zero, so that half of it is round, too."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next(unit * step for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if unit * step >= value)
