"""The little of SVG that the pictures need, as text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

INK, FAINT, GOOD, BAD = "#1f2328", "#c8cdd3", "#2b7a4b", "#b3402d"
COLOURS = ("#1f5fa8", "#2b7a4b", "#b8720a", "#7a4fa3")


def picture(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """A whole picture on white, readable on any page."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">',
            '<g font-family="Helvetica, Arial, sans-serif" font-size="12">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
            *parts,
            "</g>\n</svg>\n",
        ]
    )


def text(x: float, y: float, said: str, *, anchor: str = "start", colour: str = INK, bold: bool = False) -> str:
    """A line of text; `y` is its baseline."""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(said)}</text>'


def line(start: tuple[float, float], end: tuple[float, float], *, colour: str = FAINT, width: float = 1) -> str:
    """A straight line."""
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def curve(points: Sequence[tuple[float, float]], colour: str) -> str:
    """A line through points, each with a dot."""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'
