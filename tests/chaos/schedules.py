"""What happens to whom and when: drawn from a seed, so that what was found once is found again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal

import attrs

from aizoomdoc_client import TransportName
from aizoomdoc_client.testing.proxy import CloseAfter, CutInFrame, Fault, HalfOpen, ResetAfter, random_fault

Moment = Literal["beginning", "posting", "opening", "reading"]


@attrs.frozen
class Wear:
    """Every connection from now on breaks off after so many bytes: history gets through, long answers do not."""

    bytes: int


Deed = Fault | Wear | Literal["kill", "stop", "refuse"]
Library = Literal["websockets", "picows"]

KINDS: tuple[Literal["async", "sync"], ...] = ("async", "async", "sync")
TRANSPORTS: tuple[TransportName, ...] = ("websocket", "sse", "auto")
LIBRARIES: tuple[Library, ...] = ("websockets", "picows")
MOMENTS: tuple[Moment, ...] = ("beginning", "posting", "opening", "reading")


@attrs.frozen
class Blow:
    """A deed at a moment of a question: before anything, before it is posted, before its answer is read, or after some events.

    `seconds` later; a fault strikes what is open then, and the connection that comes next.
    """

    moment: Moment
    deed: Deed
    event: int = 0
    seconds: float = 0.0


@attrs.frozen
class Schedule:
    """One question and what befalls it; `own_chat` unless it is asked where the one before it was."""

    number: int
    own_chat: bool
    blows: tuple[Blow, ...]


@attrs.frozen(kw_only=True)
class Sitting:
    """A few questions of one client on one line, one after the other or `at_once`; a `storminess` of its connections suffer."""

    seed: str
    number: int
    kind: Literal["async", "sync"]
    transport: TransportName
    library: Library
    user: int
    at_once: bool
    storminess: float
    total: float | None
    schedules: tuple[Schedule, ...]


def sittings(seed: str, schedules: int) -> Iterator[Sitting]:
    """Sittings with so many schedules in all."""
    number = first = 0
    while first < schedules:
        sitting = _sitting(seed, number, first, schedules - first)
        yield sitting
        number, first = number + 1, first + len(sitting.schedules)


def _sitting(seed: str, number: int, first: int, most: int) -> Sitting:
    rng = random.Random(f"{seed}/{number}")
    count = min(rng.choice((1, 2, 2, 3, 4)), most)
    at_once = rng.random() < 0.3
    return Sitting(
        seed=f"{seed}/{number}",
        number=number,
        kind=rng.choice(KINDS),
        transport=rng.choice(TRANSPORTS),
        library=rng.choice(LIBRARIES),
        user=rng.randrange(2),
        at_once=at_once,
        storminess=rng.choice((0.0, 0.0, 0.1, 0.3)),
        total=rng.choice((None, None, None, 3.0)),
        schedules=tuple(
            _schedule(rng, first + index, own_chat=at_once or index == 0 or rng.random() < 0.3) for index in range(count)
        ),
    )


def _schedule(rng: random.Random, number: int, *, own_chat: bool) -> Schedule:
    count = rng.choice((0, 1, 1, 1, 1, 2))
    return Schedule(number, own_chat, tuple(_blow(rng) for _ in range(count)))


def _blow(rng: random.Random) -> Blow:
    moment = rng.choices(MOMENTS, weights=(1, 2, 3, 7))[0]
    event = rng.choice((0, 1, 2, 3, rng.randrange(20), rng.randrange(60)))
    return Blow(moment, _deed(rng, moment), event, rng.choice((0.0, 0.0, rng.uniform(0, 0.02))))


def _deed(rng: random.Random, moment: Moment) -> Deed:
    draw = rng.random()
    if draw < 0.05:
        return "kill"
    if draw < 0.07:
        return "stop"
    if draw < 0.12:
        return "refuse"
    if draw < 0.2 and moment == "opening":
        return Wear(rng.randrange(1500, 8000))
    if moment in {"posting", "opening"} and draw < 0.5:
        # Just where a request, or its answer, is on its way.
        count = rng.randrange(1, 700)
        return rng.choice(
            (ResetAfter(count, "up"), CloseAfter(count, "up"), ResetAfter(count), CloseAfter(count), HalfOpen(count))
        )
    fault = random_fault(rng, most_bytes=6000, most_seconds=0.02)
    return CloseAfter(fault.frame * 40) if isinstance(fault, CutInFrame) and moment == "reading" else fault
