"""From the names of figures to their results."""

from __future__ import annotations

import fnmatch
import importlib.util
from collections.abc import Callable, Sequence
from typing import Literal

import attrs

from .figures import NOISY, Contender, Figure, Group, Result, Samples, failed, judge
from .rounds import Yardstick, measure
from .suites import all_groups

Extent = Literal["figures", "beside", "all"]


class UnknownNamesError(Exception):
    """A name that no figure and no group has."""


@attrs.frozen
class Choice:
    """What is measured: groups, each with the figures that were asked for."""

    groups: Sequence[Group]

    @classmethod
    def of(cls, names: Sequence[str] = (), *, extent: Extent = "figures", quick: bool = False) -> Choice:
        """The figures and groups that match one of `names`, all without any; `quick` without the slow ones, and with less work.

        `extent` says which contenders: those that figures are made of, also those told `beside` them, or `all`.
        """
        known = all_groups()
        unknown = [
            name for name in names if not any(_matches(group, figure, [name]) for group in known for figure in group.figures)
        ]
        if unknown:
            raise UnknownNamesError(f"no figure is called {', '.join(unknown)}: see --list")
        if extent == "all":
            return cls(known)
        groups = [_without_slow(group) for group in known] if quick and not names else known
        reduced = [_reduced(group, names or ["*"], with_beside=extent == "beside") for group in groups]
        return cls([_quick(group) if quick else group for group in reduced if group.figures])

    @property
    def figures(self) -> list[Figure]:
        """All that was chosen."""
        return [figure for group in self.groups for figure in group.figures]


@attrs.frozen
class Report:
    """What a run gave: the results in order, the samples behind them by group, and what to be told."""

    repeats: int
    results: list[Result] = attrs.field(factory=list[Result])
    samples: dict[str, Samples] = attrs.field(factory=dict[str, Samples])
    warnings: list[str] = attrs.field(factory=list[str])


def run(choice: Choice, *, repeats: int, show: Callable[[Result], object]) -> Report:
    """Measures what was chosen; `show` is called with each result as it comes."""
    report, yardstick = Report(repeats), Yardstick()
    for group in choice.groups:
        for result in _results(group, repeats, yardstick, report):
            report.results.append(result)
            show(result)
    report.warnings.extend(_warnings(report.results, yardstick.noise))
    return report


def _results(group: Group, repeats: int, yardstick: Yardstick, report: Report) -> list[Result]:
    missing = [name for name in group.needs if importlib.util.find_spec(name) is None]
    if missing:
        reason = f"{', '.join(missing)} not installed (pip install --group bench)"
        return [failed(figure, reason) for figure in group.figures]
    try:
        samples = measure(group.contenders, repeats, yardstick)
    except Exception as error:  # noqa: BLE001 - whatever one group fails with, the others are measured
        return [failed(figure, f"{type(error).__name__}: {error}") for figure in group.figures]
    report.samples[group.name] = samples
    return [_judged(figure, samples) for figure in group.figures]


def _judged(figure: Figure, samples: Samples) -> Result:
    try:
        return judge(figure, samples)
    except (ArithmeticError, LookupError, ValueError) as error:
        return failed(figure, f"{type(error).__name__}: {error}")


def _warnings(results: Sequence[Result], noise: float) -> list[str]:
    found = [
        f"{result.name}: {result.ratio} is nearer to {result.target}, its target, than its spread of {result.spread:.0%} can tell"
        for result in results
        if result.is_doubtful
    ]
    if noise > NOISY:
        found.insert(0, f"this machine is too noisy to tell: the same work took times that spread by {noise:.0%}")
    return found


def _reduced(group: Group, names: Sequence[str], *, with_beside: bool) -> Group:
    """The group with the figures that were asked for, and the contenders that these need."""
    figures = tuple(figure for figure in group.figures if _matches(group, figure, names))
    wanted = {name for figure in figures for name in (*figure.contenders, *(figure.also if with_beside else ()))}
    contenders: tuple[Contender, ...] = tuple(one for one in group.contenders if one.name in wanted)
    return attrs.evolve(group, figures=figures, contenders=contenders)


def _without_slow(group: Group) -> Group:
    return attrs.evolve(group, figures=tuple(figure for figure in group.figures if not figure.is_slow))


def _quick(group: Group) -> Group:
    """The group with as little work as its ratios need."""
    contenders = [attrs.evolve(one, options={**one.options, **one.quick}) for one in group.contenders]
    return attrs.evolve(group, contenders=tuple(contenders))


def _matches(group: Group, figure: Figure, names: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(own, name) for own in (group.name, figure.name) for name in names)
