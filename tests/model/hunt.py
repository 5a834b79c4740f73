"""Many games, in several processes: how they ended, and which broke an invariant."""

from __future__ import annotations

import contextlib
import functools
import gc
import multiprocessing
import random
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from typing import Self

import attrs

from aizoomdoc_client.protocol import event_codec

from .invariants import Game, broken
from .play import play, schedule_of

BLOCK = 1000


@attrs.frozen
class Finding:
    """A schedule that broke an invariant, by its number."""

    number: int
    complaints: tuple[str, ...]


@attrs.define
class Tally:
    """How games ended."""

    games: int = 0
    outcomes: Counter[str] = attrs.field(factory=Counter[str])
    findings: list[Finding] = attrs.field(factory=list[Finding])

    def __iadd__(self, other: Tally) -> Self:
        self.games += other.games
        self.outcomes += other.outcomes
        self.findings += other.findings
        return self


@attrs.frozen
class Hunt:
    """Plays the schedules of a seed; `lifted` names assumptions that do not hold."""

    seed: int
    lifted: frozenset[str] = frozenset()

    def games(self, numbers: Iterable[int]) -> Iterator[tuple[int, Game]]:
        """Each schedule, played."""
        rng = random.Random()
        for number in numbers:
            yield number, play(schedule_of(self.seed, number, rng), self.lifted)

    def tally(self, numbers: Iterable[int]) -> Tally:
        """How these schedules ended."""
        tally = Tally()
        with hurried():
            for number, game in self.games(numbers):
                tally.games += 1
                tally.outcomes.update(ends(game))
                if complaints := broken(game):
                    tally.findings.append(Finding(number, tuple(complaints)))
        return tally

    def first(self, numbers: Iterable[int], invariants: frozenset[str]) -> Finding | None:
        """The first schedule that breaks one of these invariants."""
        with hurried():
            for number, game in self.games(numbers):
                complaints = tuple(line for line in broken(game) if line.partition(" ")[0] in invariants)
                if complaints:
                    return Finding(number, complaints)
        return None

    def in_parallel(self, schedules: int, processes: int) -> Iterator[Tally]:
        """The tallies of so many schedules, block by block."""
        blocks = [range(start, min(start + BLOCK, schedules)) for start in range(0, schedules, BLOCK)]
        # A new interpreter each: a fork of a process that has threads can hang.
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            yield from pool.imap_unordered(self.tally, blocks)


@contextlib.contextmanager
def hurried() -> Generator[None]:
    """Decodes each frame once: there are few thousand different ones. Collects garbage, all of which is in cycles, rarely."""
    envelope, data, thresholds = event_codec.decode_envelope, event_codec.decode_data, gc.get_threshold()
    event_codec.decode_envelope, event_codec.decode_data = functools.cache(envelope), functools.cache(data)
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        event_codec.decode_envelope, event_codec.decode_data = envelope, data
        gc.set_threshold(*thresholds)


def ends(game: Game) -> Iterator[str]:
    """How each question ended: in an answer, an error by its name, or unread."""
    for told in game.tolds:
        outcome = told.outcomes[0] if told.outcomes else "no end"
        yield outcome if outcome != "error" else type(told.error).__name__ if told.error else "AnswerError"
