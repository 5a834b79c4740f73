"""How many units of a job are in which state, kept up as they change: telling it costs the same for any number of them."""

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
        """The unit has this state now."""
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
        """How many units stand so."""
        return self._counts[standing]

    @property
    def running(self) -> tuple[str, ...]:
        """The keys of the units that run now, the one that began first first; other threads may ask."""
        return tuple(self._running)  # one step for the interpreter: nothing changes within
