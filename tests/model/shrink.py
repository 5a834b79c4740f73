"""Shrinks a schedule while it still breaks the invariant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import attrs

from .invariants import broken
from .schedule import Ask, Schedule
from .simulation import simulate

T = TypeVar("T")


def shrink(schedule: Schedule, lifted: frozenset[str] = frozenset()) -> Schedule:
    """The smallest schedule, reached by single removals, that breaks an invariant that `schedule` breaks."""
    wanted = _names(schedule, lifted)
    smallest, is_smaller = schedule, True
    while is_smaller:
        found = next((smaller for smaller in _smaller(smallest) if wanted & _names(smaller, lifted)), None)
        smallest, is_smaller = found or smallest, found is not None
    return smallest


def _names(schedule: Schedule, lifted: frozenset[str]) -> set[str]:
    return {line.partition(" ")[0] for line in broken(simulate(schedule, lifted))}


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    """The schedule without one of its parts, or with one field reset to its default."""
    for asks in _without_one(schedule.asks):
        if asks:
            yield attrs.evolve(schedule, asks=asks)
    for others in _without_one(schedule.others):
        yield attrs.evolve(schedule, others=others)
    for index, ask in enumerate(schedule.asks):
        for simpler in _simpler_asks(ask):
            yield attrs.evolve(schedule, asks=(*schedule.asks[:index], simpler, *schedule.asks[index + 1 :]))
    yield from (one for one in _reset(schedule) if one.asks and (one.past > 0 or one.past_run is None))


def _simpler_asks(ask: Ask) -> Iterator[Ask]:
    for name in ("posts", "openings", "reads"):
        plans: Sequence[Any] = getattr(ask, name)
        for fewer in _without_one(plans):
            yield _changed(ask, name, fewer)
        for index, plan in enumerate(plans):
            for simpler in _reset(plan):
                yield _changed(ask, name, (*plans[:index], simpler, *plans[index + 1 :]))
    yield from _reset(ask)


def _without_one(parts: Sequence[T]) -> Iterator[tuple[T, ...]]:
    for index in range(len(parts)):
        yield (*parts[:index], *parts[index + 1 :])


def _reset(value: T) -> Iterator[T]:
    """`value` with one field at its default."""
    fields: Any = type(value)
    for field in attrs.fields(fields):
        if field.default is not attrs.NOTHING and getattr(value, field.name) != field.default:
            yield _changed(value, field.name, field.default)


def _changed(value: T, name: str, field: Any) -> T:
    instance: Any = value
    changed: T = attrs.evolve(instance, **{name: field})
    return changed
