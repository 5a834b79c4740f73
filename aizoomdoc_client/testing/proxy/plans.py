"""Which faults a connection gets: drawn at random, but the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import attrs

from .faults import Bandwidth, CloseAfter, CutInFrame, Direction, Fault, HalfOpen, Latency, ResetAfter, Slices

Plan = Callable[[int], Sequence[Fault]]
"""The faults of the connection with that number, from 1."""


@attrs.frozen(kw_only=True)
class RandomPlan:
    """A plan in which a `share` of the connections, from 0 to 1, gets one random fault each; see `random_fault`."""

    seed: int | str
    share: float = 0.5
    most_bytes: int = 4000
    most_seconds: float = 0.05

    def __call__(self, number: int) -> Sequence[Fault]:
        """The faults of the connection with that `number`."""
        rng = random.Random(f"{self.seed}/{number}")  # noqa: S311 - to be repeated, no secret
        if rng.random() >= self.share:
            return ()
        return (random_fault(rng, most_bytes=self.most_bytes, most_seconds=self.most_seconds),)


def random_fault(rng: random.Random, *, most_bytes: int = 4000, most_seconds: float = 0.05) -> Fault:
    """A fault that strikes within `most_bytes`, or slows pieces down by `most_seconds` at the most."""
    direction: Direction = rng.choice(("up", "down"))
    count = rng.choice((0, rng.randrange(1, 300), rng.randrange(most_bytes)))
    faults: Sequence[Fault] = (
        ResetAfter(count, direction),
        CloseAfter(count, direction),
        CutInFrame(rng.randrange(20), reset=rng.random() < 0.5),
        HalfOpen(count, rng.choice((None, direction))),
        Slices(rng.randrange(1, 50), rng.choice((None, direction))),
        Latency(rng.uniform(0, most_seconds), rng.uniform(0, most_seconds), rng.choice((None, direction))),
        Bandwidth(rng.uniform(20_000, 200_000), rng.choice((None, direction))),
    )
    return rng.choice(faults)
