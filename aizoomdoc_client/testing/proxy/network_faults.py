"""Network faults as values, and plans that choose the faults of each connection.

Bytes are counted in one direction: ``up`` is what the client sends, ``down`` what the server sends; a `direction` of None means
both. Counting begins with the connection, or when the fault is injected into an open one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

import attrs

Direction = Literal["up", "down"]


def _at_least(minimum: float) -> Any:
    def check(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
        if not (value >= minimum and math.isfinite(value)):
            raise ValueError(f"{attribute.name} of {type(instance).__name__} must be {minimum:g} or more, not {value!r}")

    return check


@attrs.frozen
class Latency:
    """Delays each piece by `seconds` plus a random share of `jitter`; order is kept, so the delays of pieces add up."""

    seconds: float = attrs.field(validator=_at_least(0))
    jitter: float = attrs.field(default=0.0, validator=_at_least(0))
    direction: Direction | None = None


@attrs.frozen
class Slices:
    """Forwards bytes in pieces of at most `size`."""

    size: int = attrs.field(validator=_at_least(1))
    direction: Direction | None = None


@attrs.frozen
class Bandwidth:
    """Forwards at most `bytes_per_second`."""

    bytes_per_second: float = attrs.field(validator=_at_least(1))
    direction: Direction | None = None


@attrs.frozen
class ResetAfter:
    """Resets both ends (RST) after `bytes`; 0 resets at once, before the proxy connects to the server.

    A reset may destroy data that its receiver has not read yet.
    """

    bytes: int = attrs.field(default=0, validator=_at_least(0))
    direction: Direction = "down"


@attrs.frozen
class CloseAfter:
    """As `ResetAfter`, but closes with a FIN; after 0 bytes the client's connection is accepted and closed at once."""

    bytes: int = attrs.field(default=0, validator=_at_least(0))
    direction: Direction = "down"


@attrs.frozen
class CutInFrame:
    """Closes the connection, or resets it, in the middle of frame number `frame` (from 0) of an answer.

    A frame is one WebSocket frame or one server-sent event; `bytes` of it are still forwarded. For future connections only.
    """

    frame: int = attrs.field(validator=_at_least(0))
    reset: bool = False
    bytes: int = attrs.field(default=10, validator=_at_least(1))


@attrs.frozen
class HalfOpen:
    """Drops everything after `bytes`, the end of the connection included.

    Neither end is told when the other one leaves: with ``down`` the client does not notice that the server has closed the
    connection, with ``up`` the server does not notice that the client has.
    """

    bytes: int = attrs.field(default=0, validator=_at_least(0))
    direction: Direction | None = None


Fault = Latency | Slices | Bandwidth | ResetAfter | CloseAfter | CutInFrame | HalfOpen

Plan = Callable[[int], Sequence[Fault]]
"""Gives the faults of the connection with that number, from 1."""


def faults_of(given: Sequence[object]) -> tuple[Fault, ...]:
    """The faults that were given; raises `TypeError` for what is none, with which a connection would hang."""
    found = list[Fault]()
    for each in given:
        if not isinstance(each, Fault):
            raise TypeError(f"{each!r} is no fault, such as ResetAfter(100); a plan is given as plan=RandomPlan(seed=1)")
        found.append(each)
    return tuple(found)


@attrs.frozen(kw_only=True)
class RandomPlan:
    """A plan that gives a `share` of the connections, from 0 to 1, one random fault each; the same ones for the same `seed`.

    The bounds are those of `random_fault`.
    """

    seed: int | str
    share: float = 0.5
    most_bytes: int = 4000
    most_seconds: float = 0.05

    def __call__(self, number: int) -> Sequence[Fault]:
        """The faults of the connection with that `number`."""
        rng = random.Random(f"{self.seed}/{number}")  # noqa: S311 - reproducible, not secret
        if rng.random() >= self.share:
            return ()
        return (random_fault(rng, most_bytes=self.most_bytes, most_seconds=self.most_seconds),)


def random_fault(rng: random.Random, *, most_bytes: int = 4000, most_seconds: float = 0.05) -> Fault:
    """A fault that takes effect within `most_bytes`, or that delays pieces by at most `most_seconds`."""
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
