"""Contenders, figures with their targets, and the verdict on their samples: values and arithmetic, nothing is run here."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

NOISY = 0.10
"""Above this spread, a figure near its target may be on the other side of it in the next run."""

Sample = Mapping[str, float]
"""What one run of a contender gave, by metric; always with ``cpu``, the seconds of processor time that it took."""
Samples = Mapping[str, Sequence[Sample]]
"""The samples of a group's contenders by their names, one a round."""


@attrs.frozen
class Contender:
    """Something that is measured: `make` names the function (``module:name``) that sets it up in a process of its own.

    `blocked` modules cannot be imported there. A `fresh` contender gets a new process and a new server for each sample. `at_most`
    limits its samples. `quick` overrides `options` in a quick run, with less work, where the ratio does not depend on its amount.
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
    """A ratio and its target: `metric` of `subject` over that of `reference`; without a reference, the metric itself.

    The value of the contender `baseline` is subtracted from both first. Values are shown multiplied by `scale`; without a
    reference, the scaled value is judged. Shown beside the ratio are the contenders `also`, where they were measured, and
    `extra_metrics` (name, unit, scale) of subject and reference. A quick run leaves out what `is_slow`.
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
    baseline: str | None = None
    also: tuple[str, ...] = ()
    extra_metrics: tuple[tuple[str, str, float], ...] = ()
    is_slow: bool = False

    @property
    def contenders(self) -> frozenset[str]:
        """Those that the ratio is computed from."""
        return frozenset(filter(None, (self.subject, self.reference, self.baseline)))


@attrs.frozen(kw_only=True)
class Group:
    """Contenders that are measured in turns; those that no figure needs are measured for docs/performance.md only.

    `needs` are the modules without which the group cannot be measured.
    """

    name: str
    contenders: tuple[Contender, ...]
    figures: tuple[Figure, ...] = ()
    needs: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Result:
    """A measured figure; `ratio` is None when it could not be measured."""

    name: str
    ratio: float | None
    target: float
    better: Literal["higher", "lower"]
    ok: bool
    spread: float
    detail: str

    @property
    def is_doubtful(self) -> bool:
        """Whether the target lies within the spread of the ratio, so that another run may have another verdict."""
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
    """The distance between the quartiles divided by the median: 0 when all values are the same."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    middle = statistics.median(values)
    return (high - low) / abs(middle) if middle else math.inf


def median(samples: Sequence[Sample], metric: str) -> float:
    """The median of one metric."""
    return statistics.median(sample[metric] for sample in samples)


def _ratios(figure: Figure, samples: Samples) -> list[float]:
    """One ratio a round: what slows the machine down during a round slows both contenders, and cancels out."""
    subject = [sample[figure.metric] for sample in samples[figure.subject]]
    if figure.reference is None:
        return [value * figure.scale for value in subject]
    reference = [sample[figure.metric] for sample in samples[figure.reference]]
    baseline = [sample[figure.metric] for sample in samples[figure.baseline]] if figure.baseline else [0.0] * len(subject)
    return [(one - zero) / (other - zero) for one, other, zero in zip(subject, reference, baseline, strict=False)]


def _detail(figure: Figure, samples: Samples) -> str:
    wanted = (figure.subject, figure.reference, figure.baseline, *figure.also)
    names = [name for name in wanted if name is not None and name in samples]
    shown = [f"{name} {_shown(samples[name], figure.metric, figure.unit, figure.scale)}" for name in names]
    both = [name for name in (figure.subject, figure.reference) if name is not None]
    extra = [f"{name} {_shown(samples[name], *metric)}" for metric in figure.extra_metrics for name in both]
    return "; ".join([*shown, *extra])


def _shown(samples: Sequence[Sample], metric: str, unit: str, scale: float) -> str:
    value = median(samples, metric) * scale
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit} (CPU {median(samples, 'cpu'):.2f} s)"
