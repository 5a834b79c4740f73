"""What is measured and what is asked of it, as values; and the verdict on what was measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

NOISY = 0.10
"""A spread above this tells little about a figure that is near its target."""

Sample = Mapping[str, float]
"""What one run of a contender gave, by metric; ``cpu`` is always there: the seconds of processor time that it took."""
Samples = Mapping[str, Sequence[Sample]]
"""The samples of a group's contenders by their names, in order."""


@attrs.frozen
class Contender:
    """Something that is measured: `make` names the function (``module:name``) that sets it up in a process of its own.

    `blocked` modules cannot be imported there. A `fresh` one gets a new process, and a server of its own, for each sample, and
    `at_most` so many samples are taken. `quick` are options that make less work of it where the ratio does not depend on that.
    """

    name: str
    make: str
    options: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    quick: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    blocked: tuple[str, ...] = ()
    loop: Literal["asyncio", "uvloop"] = "asyncio"
    fresh: bool = False
    at_most: int | None = None


@attrs.frozen(kw_only=True)
class Figure:
    """A ratio and its target: `metric` of `subject` over that of `reference`, or by itself without one.

    `over` is a contender whose value is taken off both first. `also` are told beside the figure where they were measured, and so
    are other metrics of subject and reference, `beside` (name, unit, scale). Values are shown multiplied by `scale`, and judged
    so where there is no reference. A quick run leaves out what `is_slow`.
    """

    name: str
    title: str
    subject: str
    reference: str | None
    target: float
    better: Literal["higher", "lower"] = "higher"
    metric: str = "rate"
    unit: str = "/s"
    scale: float = 1.0
    over: str | None = None
    also: tuple[str, ...] = ()
    beside: tuple[tuple[str, str, float], ...] = ()
    is_slow: bool = False

    @property
    def contenders(self) -> frozenset[str]:
        """Those that it is made of."""
        return frozenset(filter(None, (self.subject, self.reference, self.over)))


@attrs.frozen(kw_only=True)
class Group:
    """Contenders that are measured in turn; those that no figure needs are for the page in docs/ alone.

    `needs` are the modules without which there is nothing to measure.
    """

    name: str
    contenders: tuple[Contender, ...]
    figures: tuple[Figure, ...] = ()
    needs: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Result:
    """A figure as measured; `ratio` is None when it could not be."""

    name: str
    ratio: float | None
    target: float
    better: Literal["higher", "lower"]
    ok: bool
    spread: float
    detail: str

    @property
    def is_doubtful(self) -> bool:
        """Whether the target lies within the spread, so that another run may well say otherwise."""
        return self.ratio is not None and abs(self.ratio - self.target) < self.spread * abs(self.ratio)


def judge(figure: Figure, samples: Samples) -> Result:
    """The verdict: the median of the rounds' ratios against the target."""
    ratios = _ratios(figure, samples)
    ratio = statistics.median(ratios)
    ok = ratio >= figure.target if figure.better == "higher" else ratio <= figure.target
    return Result(
        name=figure.name,
        ratio=round(ratio, 4),
        target=figure.target,
        better=figure.better,
        ok=ok,
        spread=round(spread(ratios), 4),
        detail=_detail(figure, samples),
    )


def failed(figure: Figure, reason: str) -> Result:
    """The verdict on a figure that could not be measured."""
    return Result(
        name=figure.name,
        ratio=None,
        target=figure.target,
        better=figure.better,
        ok=False,
        spread=0.0,
        detail=f"not measured: {' '.join(reason.split())}",
    )


def spread(values: Sequence[float]) -> float:
    """The distance between the quartiles over the median: 0 when all are the same."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    middle = statistics.median(values)
    return (high - low) / abs(middle) if middle else math.inf


def median(samples: Sequence[Sample], metric: str) -> float:
    """The median of one metric."""
    return statistics.median(sample[metric] for sample in samples)


def _ratios(figure: Figure, samples: Samples) -> list[float]:
    """One ratio for each round: what slows a round down slows both of its contenders."""
    subject = [sample[figure.metric] for sample in samples[figure.subject]]
    if figure.reference is None:
        return [value * figure.scale for value in subject]
    reference = [sample[figure.metric] for sample in samples[figure.reference]]
    base = [sample[figure.metric] for sample in samples[figure.over]] if figure.over else [0.0] * len(subject)
    return [(one - zero) / (other - zero) for one, other, zero in zip(subject, reference, base, strict=False)]


def _detail(figure: Figure, samples: Samples) -> str:
    told = (figure.subject, figure.reference, figure.over, *figure.also)
    names = [name for name in told if name is not None and name in samples]
    shown = [f"{name} {_shown(samples[name], figure.metric, figure.unit, figure.scale)}" for name in names]
    both = [name for name in (figure.subject, figure.reference) if name is not None]
    beside = [f"{name} {_shown(samples[name], *metric)}" for metric in figure.beside for name in both]
    return "; ".join([*shown, *beside])


def _shown(samples: Sequence[Sample], metric: str, unit: str, scale: float) -> str:
    value = median(samples, metric) * scale
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit} (CPU {median(samples, 'cpu'):.2f} s)"
