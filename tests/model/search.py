"""Runs many simulations in several processes: counts their endings and collects broken invariants."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import random
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from typing import Self

import attrs

from .invariants import Simulation, broken
from .simulation import schedule_of, simulate

BLOCK = 1000


@attrs.frozen
class Finding:
    """A schedule that broke an invariant, by its number."""

    number: int
    complaints: tuple[str, ...]


@attrs.define
class Tally:
    """Counts of the endings of simulations, and the findings."""

    simulations: int = 0
    outcomes: Counter[str] = attrs.field(factory=Counter[str])
    findings: list[Finding] = attrs.field(factory=list[Finding])

    def __iadd__(self, other: Tally) -> Self:
        self.simulations += other.simulations
        self.outcomes += other.outcomes
        self.findings += other.findings
        return self


@attrs.frozen
class Search:
    """Simulates the schedules of a seed; `lifted` names the assumptions that do not hold."""

    seed: int
    lifted: frozenset[str] = frozenset()

    def simulations(self, numbers: Iterable[int]) -> Iterator[tuple[int, Simulation]]:
        """The simulation of each schedule."""
        rng = random.Random()
        for number in numbers:
            yield number, simulate(schedule_of(self.seed, number, rng), self.lifted)

    def tally(self, numbers: Iterable[int]) -> Tally:
        """The endings of these schedules."""
        tally = Tally()
        with fast_decoding():
            for number, simulation in self.simulations(numbers):
                tally.simulations += 1
                tally.outcomes.update(ends(simulation))
                if complaints := broken(simulation):
                    tally.findings.append(Finding(number, tuple(complaints)))
        return tally

    def first(self, numbers: Iterable[int], invariants: frozenset[str]) -> Finding | None:
        """The first schedule that breaks one of these invariants."""
        with fast_decoding():
            for number, simulation in self.simulations(numbers):
                complaints = tuple(line for line in broken(simulation) if line.partition(" ")[0] in invariants)
                if complaints:
                    return Finding(number, complaints)
        return None

    def in_parallel(self, schedules: int, processes: int) -> Iterator[Tally]:
        """The tallies of so many schedules, block by block."""
        blocks = [range(start, min(start + BLOCK, schedules)) for start in range(0, schedules, BLOCK)]
        # Spawned, since a fork of a process with threads can hang.
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            yield from pool.imap_unordered(self.tally, blocks)


@contextlib.contextmanager
def fast_decoding() -> Generator[None]:
    """Collects garbage less often, for speed."""
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def ends(simulation: Simulation) -> Iterator[str]:
    """The ending of each question: "answer", an error's name, "left" or "no end"."""
    for record in simulation.records:
        outcome = record.outcomes[0] if record.outcomes else "no end"
        yield outcome if outcome != "error" else type(record.error).__name__ if record.error else "AnswerError"
