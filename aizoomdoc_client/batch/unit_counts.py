"""Counts the units of a job by state, incrementally, so that reading a count takes constant time."""

from __future__ import annotations

from collections import Counter

from .progression import UnitStanding, UnitState

__all__ = ["UnitCounts"]


class UnitCounts:
    """The number of units that are done, failed, running and waiting, and which ones run."""

    def __init__(self) -> None:
        self._standings = dict[str, UnitStanding]()
        self._counts = Counter[UnitStanding]()
        self._running = dict[str, None]()

    def set(self, key: str, state: UnitState) -> None:
        """Records the new state of a unit."""
        before, now = self._standings.get(key), state.standing
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

    def of(self, standing: UnitStanding) -> int:
        """The number of units with that standing."""
        return self._counts[standing]

    @property
    def running(self) -> tuple[str, ...]:
        """The keys of the running units, in the order of their starts; may be called from other threads."""
        return tuple(self._running)  # atomic in CPython
