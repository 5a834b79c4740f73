"""Results as text."""

from __future__ import annotations

from ..figures import Result

SIGNS = {"higher": "≥", "lower": "≤"}


def line(result: Result) -> str:
    """A result at the terminal."""
    verdict = "ok   " if result.ok else "SHORT"
    return f"{verdict} {result.name:20} {ratio(result):>8} {asked(result):>7}  ±{result.spread:.0%}  {result.detail}"


def ratio(result: Result) -> str:
    """The measured ratio with as many digits as it is worth."""
    if result.ratio is None:
        return "–"
    return f"{result.ratio:.3f}" if result.ratio < 0.1 else f"{result.ratio:.2f}" if result.ratio < 10 else f"{result.ratio:.1f}"


def asked(result: Result) -> str:
    """The target with its sign."""
    return f"{SIGNS[result.better]} {result.target:g}"
