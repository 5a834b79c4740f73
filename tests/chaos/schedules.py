"""Random scenarios of questions and faults, reproducible by their seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from aizoomdoc_client import TransportName
from aizoomdoc_client.testing.proxy import CloseAfter, CutInFrame, Fault, HalfOpen, ResetAfter, random_fault

Moment = Literal["beginning", "posting", "opening", "reading", "taking up"]


@attrs.frozen
class ByteLimit:
    """Every later connection is cut after `bytes` bytes: the history gets through, long answers do not."""

    bytes: int


Action = Fault | ByteLimit | Literal["kill", "stop", "refuse"]
Library = Literal["websockets", "picows"]

MANY = 1_000_000
"""More events than an answer has."""
KINDS: tuple[Literal["async", "sync"], ...] = ("async", "async", "sync")
TRANSPORTS: tuple[TransportName, ...] = ("websocket", "sse", "auto")
LIBRARIES: tuple[Library, ...] = ("websockets", "picows")
MOMENTS: tuple[Moment, ...] = ("beginning", "posting", "opening", "reading", "taking up")
WEIGHTS = (1, 2, 3, 7, 5)
NAMES: tuple[Literal["message", "ids", "chat"], ...] = ("message", "ids", "chat")


@attrs.frozen
class Injection:
    """An action at a moment of a question: before anything, before it is posted, before its answer is read, or after some events.

    Or before its answer is taken up; then events are counted from the first one on that the first client has read. The action
    happens `seconds` later; a fault affects the connections open at that time, and the next one.
    """

    moment: Moment
    action: Action
    event: int = 0
    seconds: float = 0.0


@attrs.frozen
class HandOver:
    """The client stops reading after so many events, and another takes the answer up, named `by` that, perhaps without a `rerun`.

    After no event the stream has not been opened, and the model has not run.
    """

    events: int
    rerun: bool
    by: Literal["message", "ids", "chat"]


@attrs.frozen
class Schedule:
    """One question and its injected faults; without `own_chat` it is asked in the chat of the question before it."""

    number: int
    own_chat: bool
    injections: tuple[Injection, ...]
    hand_over: HandOver | None = None


@attrs.frozen(kw_only=True)
class Scenario:
    """A few questions of one client through one proxy, in turn or `at_once`; `fault_share` of the connections fail at random."""

    seed: str
    number: int
    kind: Literal["async", "sync"]
    transport: TransportName
    library: Library
    user: int
    at_once: bool
    fault_share: float
    total: float | None
    schedules: tuple[Schedule, ...]


def scenarios(seed: str, schedules: int) -> Iterator[Scenario]:
    """Scenarios with `schedules` questions in all."""
    number = first = 0
    while first < schedules:
        scenario = _scenario(seed, number, first, schedules - first)
        yield scenario
        number, first = number + 1, first + len(scenario.schedules)


def _scenario(seed: str, number: int, first: int, most: int) -> Scenario:
    rng = random.Random(f"{seed}/{number}")
    count = min(rng.choice((1, 2, 2, 3, 4)), most)
    at_once = rng.random() < 0.3
    return Scenario(
        seed=f"{seed}/{number}",
        number=number,
        kind=rng.choice(KINDS),
        transport=rng.choice(TRANSPORTS),
        library=rng.choice(LIBRARIES),
        user=rng.randrange(2),
        at_once=at_once,
        fault_share=rng.choice((0.0, 0.0, 0.1, 0.3)),
        total=rng.choice((None, None, None, 3.0)),
        schedules=tuple(
            _schedule(rng, first + index, own_chat=at_once or index == 0 or rng.random() < 0.3) for index in range(count)
        ),
    )


def _schedule(rng: random.Random, number: int, *, own_chat: bool) -> Schedule:
    count = rng.choice((0, 1, 1, 1, 1, 2))
    hand_over = _hand_over(rng, own_chat=own_chat) if rng.random() < 0.3 else None
    moments = MOMENTS if hand_over is not None else MOMENTS[:-1]
    return Schedule(number, own_chat, tuple(_injection(rng, moments) for _ in range(count)), hand_over)


def _hand_over(rng: random.Random, *, own_chat: bool) -> HandOver:
    events = rng.choice((0, 1, rng.randrange(10), rng.randrange(60), MANY))
    # A message whose delivery is unknown may be stored late, and be the newest question of a chat with several.
    names = NAMES if own_chat else NAMES[:2]
    return HandOver(events, rerun=rng.random() < 0.7, by=rng.choice(names))


def _injection(rng: random.Random, moments: Sequence[Moment]) -> Injection:
    moment = rng.choices(moments, WEIGHTS[: len(moments)])[0]
    event = rng.choice((0, 1, 2, 3, rng.randrange(20), rng.randrange(60)))
    return Injection(moment, _action(rng, moment), event, rng.choice((0.0, 0.0, rng.uniform(0, 0.02))))


def _action(rng: random.Random, moment: Moment) -> Action:
    draw = rng.random()
    if draw < 0.05:
        return "kill"
    if draw < 0.07:
        return "stop"
    if draw < 0.12:
        return "refuse"
    if draw < 0.2 and moment == "opening":
        return ByteLimit(rng.randrange(1500, 8000))
    if moment in {"posting", "opening", "taking up"} and draw < 0.5:
        # A byte count at which a request or its response is being transferred.
        count = rng.randrange(1, 700)
        return rng.choice(
            (ResetAfter(count, "up"), CloseAfter(count, "up"), ResetAfter(count), CloseAfter(count), HalfOpen(count))
        )
    fault = random_fault(rng, most_bytes=6000, most_seconds=0.02)
    return CloseAfter(fault.frame * 40) if isinstance(fault, CutInFrame) and moment == "reading" else fault
