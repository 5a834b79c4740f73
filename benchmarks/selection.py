"""Which figures and contenders a run measures."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Literal, Self

import attrs

from .figures import Contender, Figure, Group
from .suites import all_groups

Extent = Literal["required", "shown", "all"]
"""The contenders that ratios are computed from; also those shown beside them; or also those for docs/performance.md only."""


class UnknownNamesError(Exception):
    """A name that no figure and no group has."""


@attrs.frozen
class Selection:
    """The selected figures by their groups."""

    groups: Sequence[Group]

    @classmethod
    def of(cls, names: Sequence[str] = (), *, extent: Extent = "required", quick: bool = False) -> Self:
        """The figures and groups that match one of `names`, all without names; `quick` without the slow ones, and with less work.

        Raises `UnknownNamesError` for a name that matches nothing.
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
        reduced = [_reduced(group, names or ["*"], with_shown=extent == "shown") for group in groups]
        return cls([_quick(group) if quick else group for group in reduced if group.figures])

    @property
    def figures(self) -> list[Figure]:
        """All figures that were selected."""
        return [figure for group in self.groups for figure in group.figures]


def _reduced(group: Group, names: Sequence[str], *, with_shown: bool) -> Group:
    """The group with the figures that match, and the contenders that these need."""
    figures = tuple(figure for figure in group.figures if _matches(group, figure, names))
    wanted = {name for figure in figures for name in (*figure.contenders, *(figure.also if with_shown else ()))}
    contenders: tuple[Contender, ...] = tuple(one for one in group.contenders if one.name in wanted)
    return attrs.evolve(group, figures=figures, contenders=contenders)


def _without_slow(group: Group) -> Group:
    return attrs.evolve(group, figures=tuple(figure for figure in group.figures if not figure.is_slow))


def _quick(group: Group) -> Group:
    contenders = [attrs.evolve(one, options={**one.options, **one.quick}) for one in group.contenders]
    return attrs.evolve(group, contenders=tuple(contenders))


def _matches(group: Group, figure: Figure, names: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(own, name) for own in (group.name, figure.name) for name in names)
