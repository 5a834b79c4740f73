"""Processor time a token in any layout of frames that servers may write, against the loop that one would write by hand.

The reference is websockets, or aiohttp for server-sent events, with json. A layout is measured small and growing: see `wire`.
"""

from __future__ import annotations

from ..figures import Contender, Figure, Group
from ..layouts import LAYOUTS
from .events import GROWING, PLAIN, SMALL, ours, raw, raw_sse

QUICK = {SMALL: "small-3000", GROWING: "grow-1000"}
TARGETS = {"thinking": 1.3, "escapes": 1.3, "ascii": 1.3}
"""The targets of these layouts; all others have 1."""
PAIRS = (("client", "raw websockets + json", ""), ("client over SSE", "raw aiohttp + json", "-sse"))
WORDS = {SMALL: "small", GROWING: "growing"}


def _contenders(stream: str, quick: str, *, by_data: bool) -> tuple[Contender, ...]:
    less = {"stream": quick}
    return (
        raw(stream, quick=less),
        ours("client", stream, by_data=by_data, blocked=PLAIN, quick=less),
        raw_sse(stream, quick=less),
        ours("client over SSE", stream, "sse", by_data=by_data, blocked=PLAIN, quick=less),
    )


def _figures(name: str, what: str, target: float) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            name=name + ending,
            title=f"{what}, {'SSE' if ending else 'WebSocket'}",
            subject=subject,
            reference=reference,
            target=target,
            metric="cpu_rate",
            unit="tokens/s of processor time",
        )
        for subject, reference, ending in PAIRS
    )


def _group(layout: str, base: str, *, by_data: bool = False) -> Group:
    name = layout or ("data" if by_data else "production")
    ending = f"-{layout}" if layout else ""
    what = f'`event.data["token"]`, {WORDS[base]}' if by_data else f"layout {name}, {WORDS[base]}"
    return Group(
        name="layouts",
        contenders=_contenders(base + ending, QUICK[base] + ending, by_data=by_data),
        figures=_figures(f"{name}-{WORDS[base]}", what, TARGETS.get(layout, 1.0)),
    )


GROUPS = (
    *(_group(layout, base) for layout in LAYOUTS for base in WORDS),
    *(_group("", base, by_data=True) for base in WORDS),
)
