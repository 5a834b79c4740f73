"""Plays many random schedules of a simulation, each made of its seed, and says which of them break an invariant."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence


class BrokenError(Exception):
    """An invariant does not hold; says which."""


def complaint_of(play: Callable[[], None]) -> str | None:
    """What a schedule breaks that `play` plays; None for what holds."""
    try:
        play()
    except (BrokenError, AssertionError) as error:
        return str(error) or type(error).__name__
    return None


def play_many(complaint: Callable[[int], str | None], program: str, usual: int, arguments: Sequence[str] | None = None) -> int:
    """Plays as many schedules as the command line says, `usual` unless it does; 1 where one breaks an invariant."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("--schedules", type=int, default=usual, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="number of the first (%(default)s)")
    options = parser.parse_args(arguments)
    began, broken = time.perf_counter(), 0
    for seed in range(options.seed, options.seed + options.schedules):
        said = complaint(seed)
        if said is not None:
            broken += 1
            if broken <= 10:
                sys.stdout.write(f"schedule {seed}: {said}\n")
    seconds = time.perf_counter() - began
    sys.stdout.write(f"{options.schedules:,} schedules in {seconds:.0f} s, {broken} broke an invariant\n")
    return 1 if broken else 0
