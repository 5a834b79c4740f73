"""How many units of a job are in which state, kept up as they change: telling it costs the same for any number of them."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from .progression import UnitState

__all__ = ["UnitCounts"]

_Standing = Literal["done", "failed", "running", "waiting"]


class UnitCounts:
    """The number of units that are done, failed, running and waiting, and which ones run."""

    def __init__(self) -> None:
        self._standings = dict[str, _Standing]()
        self._counts = Counter[_Standing]()
        self._running = dict[str, None]()

    def set(self, key: str, state: UnitState) -> None:
        """The unit has this state now."""
        before, now = self._standings.get(key), _standing(state)
        if now == before:
            return
        if before is not None:
            self._counts[before] -= 1
        self._counts[now] += 1
        self._standings[key] = now
        if now == "running":
            self._running[key] = None
        else:
            self._running.pop(key, None)

    def of(self, standing: _Standing) -> int:
        """How many units stand so."""
        return self._counts[standing]

    @property
    def running(self) -> tuple[str, ...]:
        """The keys of the units that run now, the one that began first first; other threads may ask."""
        return tuple(self._running)  # one step for the interpreter: nothing changes within


def _standing(state: UnitState) -> _Standing:
    if state.name == "done":
        return "done"
    if state.is_finished:
        return "failed"
    return "running" if state.running else "waiting"
