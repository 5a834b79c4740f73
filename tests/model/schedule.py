"""Random schedules of one simulation: values that can be printed, shrunk and replayed.

Each exchange with the server takes the next of its plans, and succeeds when there are none left, so removing any part of a
schedule gives a simpler one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, TypeVar

import attrs

from .texts import VARIANTS

T = TypeVar("T")

SPELLINGS = 4
"""In how many ways the chat's id is written."""


@attrs.frozen
class Post:
    """The outcome of one attempt to post; with "slow" the message is stored `seconds` after the time-out."""

    outcome: Literal[
        "ok",
        "refused",
        "busy",
        "away",
        "rejected",
        "conflict",
        "lost",
        "stored",
        "garbled",
        "slow",
        "500",
        "500 stored",
        "502",
        "401",
    ] = "ok"
    seconds: float = 0.0


@attrs.frozen
class Read:
    """The outcome of one history read."""

    result: Literal["ok", "empty", "500", "502", "refused", "reset", "slow", "403"] = "ok"


Failure = Literal["", "refused", "away", "reset", "started", "500", "404", "401", "html"]
Handshake = Literal["", "refused", "busy", "unreached", "swallowed", "begun", "504", "504 begun"]
Break = Literal[
    "",
    "eof",
    "reset",
    "stall",
    "half",
    "garbage",
    "1000",
    "1001",
    "1005",
    "1006",
    "1011",
    "1012",
    "1013",
    "1008",
    "4403",
    "4401",
    "1009",
]


@attrs.frozen
class Opening:
    """One opening of the stream, and the run that it starts.

    `failure` comes before any frame (``started``, ``html``: the connection is reset, or the response is a page, but the run has
    begun); `breaks` comes
    after `cut` frames. The run's events are `pace` seconds apart, `batch` of them are read at once; the answer is stored `late`
    seconds after the last one, also when the stream broke, if the run `goes_on`. `handshake` is how an attempt at a WebSocket
    fails before all that (``begun``: no response, but the run has begun). The response comes `opens` seconds after the request,
    which the server reads, and begins the run of, halfway: then also if the client has left meanwhile.
    """

    variant: int = 0
    ending: str = "completed"
    failure: Failure = ""
    cut: int = 0
    breaks: Break = ""
    goes_on: bool = False
    late: float = 0.0
    pace: float = 0.5
    batch: int = 1
    is_sse: bool = False
    handshake: Handshake = ""
    opens: float = 0.05


Resumed = Literal["not", "with a run", "without a run"]
RESUMED: Sequence[Resumed] = ("with a run", "without a run", "with a run", "not")


@attrs.frozen
class Ask:
    """One question of our client; reading begins after `read_delay` seconds.

    The consumer leaves, or is cancelled, after `leaves_after` exchanges: posting, opening, receiving, reading the history,
    renewing a token, waiting. With `leaves_within` it leaves in the middle of the next one, when that part of its time has
    passed: the request is on its way then, and the server may process it later. `spelling` is how the chat's id is written.
    """

    text: int = 0
    pause: float = 0.0
    read_delay: float = 0.0
    leaves_after: int | None = None
    leaves_within: float = 0.0
    spelling: int = 0
    posts: Sequence[Post] = ()
    openings: Sequence[Opening] = ()
    reads: Sequence[Read] = ()

    @property
    def resumed(self) -> Resumed:
        """How another process takes the answer up after the consumer left."""
        return "not" if self.leaves_after is None else RESUMED[self.leaves_after % len(RESUMED)]


@attrs.frozen
class Other:
    """An action of another client: it asks, with our text if `same_text`, or opens the stream of the chat's last message.

    Its run stores an answer after `seconds`, or never.
    """

    at: float
    asks: bool = True
    same_text: bool = False
    seconds: float | None = 5.0


@attrs.frozen
class Rows:
    """How the server stores messages and lists them in histories.

    `notes`: a tool's or the system's row follows each message; `placeholders`: a run stores an empty row when it begins, and
    fills it when it ends; `undated`: rows have no dates; `newest_first`: the newest row comes first, and rows have dates.
    """

    notes: bool = False
    placeholders: bool = False
    twice: bool = False
    undated: bool = False
    newest_first: bool = False


@attrs.frozen
class Schedule:
    """All actions in one chat that has `past` messages; the last one's run may store its answer after `past_run` seconds.

    With `resumes` most questions whose consumer left are taken up again by another process, which asks the later ones, too.
    """

    made_here: bool = True
    past: int = 0
    past_run: float | None = None
    max_reruns: int = 1
    total: float | None = None
    asks: Sequence[Ask] = (Ask(),)
    others: Sequence[Other] = ()
    rows: Rows = Rows()
    resumes: bool = True


@attrs.frozen
class Weights:
    """Probabilities of the events; `pasts` are the possible message counts of an existing chat."""

    name: str
    made_here: float = 0.6
    pasts: Sequence[int] = (0, 1, 2, 2, 3, 4, 4, 5, 6, 97, 100)
    another_ask: float = 0.25
    others: float = 0.25
    posts: float = 0.2
    reads: float = 0.25
    breaks: float = 0.6
    failures: float = 0.1
    handshakes: float = 0.1
    read_delays: float = 0.1
    leaves: float = 0.1
    slow_openings: float = 0.1
    total: float = 0.15
    rows: float = 0.1


WEIGHTS: Sequence[Weights] = (
    Weights("usual"),
    Weights("crowd", others=1.0, posts=0.1, another_ask=0.4),
    Weights("lost", posts=0.9, another_ask=0.6, others=0.1, breaks=0.3, made_here=0.8),
    Weights("suspect", posts=0.8, others=1.0, read_delays=0.8, failures=0.3, reads=0.1, another_ask=0.1),
    Weights("full", made_here=0.0, pasts=(92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 120), others=0.6, breaks=0.9),
    Weights("left", leaves=0.5, another_ask=0.7, breaks=0.8, posts=0.1),
    Weights("given up", leaves=0.5, slow_openings=0.7, another_ask=0.7, made_here=0.9, reads=0.1),
    Weights("transports", handshakes=0.9, failures=0.3, posts=0.1, reads=0.1, another_ask=0.5),
    Weights("rows", rows=1.0, reads=0.1, breaks=0.8, another_ask=0.5),
)
"""Used by the schedules in turn."""


def draw(rng: random.Random, weights: Weights) -> Schedule:
    """A random schedule; most have one or two faults, some many."""
    chance = rng.random
    made_here = chance() < weights.made_here
    past = 0 if made_here else _pick(rng, weights.pasts)
    asks = [_ask(rng, weights)]
    while chance() < weights.another_ask and len(asks) < 3:
        asks.append(_ask(rng, weights))
    return Schedule(
        made_here,
        past,
        chance() * 60 if past % 2 and chance() < 0.7 else None,
        _pick(rng, (0, 1, 1, 1, 1, 1, 1, 2)),
        5 + chance() * 300 if chance() < weights.total else None,
        tuple(asks),
        tuple(_other(rng) for _ in range(_pick(rng, (1, 2, 3)))) if chance() < weights.others else (),
        _rows(rng) if chance() < weights.rows else Rows(),
    )


_POSTS = (
    *(Post("ok"),) * 10,
    *(Post("lost"), Post("stored"), Post("500"), Post("500 stored"), Post("502"), Post("slow", 1.0), Post("slow", 40.0)),
    *(Post("lost"), Post("stored"), Post("slow", 8.0), Post("slow", 150.0), Post("slow", 300.0), Post("refused"), Post("busy")),
    *(Post("refused"), Post("away"), Post("rejected"), Post("conflict"), Post("garbled")),
    *(Post("401"), Post("401")),
)
_READS = (
    *(Read(),) * 14,
    *(Read("empty"),) * 3,
    *(Read("500"), Read("500"), Read("502"), Read("refused"), Read("reset"), Read("reset")),
    *(Read("slow"), Read("slow"), Read("403")),
)
_FAILURES: Sequence[Failure] = ("refused", "away", "reset", "started", "started", "500", "404", "401", "html")
_HANDSHAKES: Sequence[Handshake] = (
    *("refused", "busy", "unreached", "swallowed", "swallowed", "begun", "begun", "begun", "504", "504 begun"),
)  # fmt: skip
_CUTS: Sequence[Break] = (
    *("eof", "eof", "eof", "reset", "reset", "reset", "stall", "stall", "half", "half", "half", "garbage"),
    *("1000", "1000", "1001", "1001", "1005", "1005", "1006", "1006", "1011", "1011", "1012", "1012", "1013", "1013"),
    *("1008", "4403", "4401", "1009"),
)  # fmt: skip
_ENDINGS = (*("completed",) * 12, "no_completed", "token_after_final", "error", "completed_without_text")
_PACES = (0.0, 0.2, 1.0, 1.0, 20.0)
_LATE = (0.0, 0.0, 0.0, 0.4, 2.0, 6.0, 15.0, 40.0, 200.0)
_PAUSES = (0.0, 0.0, 1.0, 8.0, 30.0, 200.0)
_OPENS = (0.5, 2.0, 6.0, 15.0)


def _pick(rng: random.Random, table: Sequence[T]) -> T:
    return table[int(rng.random() * len(table))]


def _ask(rng: random.Random, weights: Weights) -> Ask:
    chance = rng.random
    openings = [_opening(rng, weights)]
    while chance() < 0.45 and len(openings) < 4:
        openings.append(_opening(rng, weights))
    return Ask(
        int(chance() * 1.5),
        _pick(rng, _PAUSES),
        chance() * 20 if chance() < weights.read_delays else 0.0,
        *_leave(rng, weights),
        int(chance() * SPELLINGS) if chance() < 0.1 else 0,
        tuple(_pick(rng, _POSTS) for _ in range(1 + int(chance() * 2))) if chance() < weights.posts else (),
        tuple(openings),
        tuple(_pick(rng, _READS) for _ in range(int(chance() * 9))) if chance() < weights.reads else (),
    )


def _leave(rng: random.Random, weights: Weights) -> tuple[int | None, float]:
    """After how many exchanges the consumer leaves, and when in the next one."""
    chance = rng.random
    if chance() >= weights.leaves:
        return None, 0.0
    within = chance() * 1.2
    return int(chance() * chance() * 16), within if within < 1 else 0.0


def _opening(rng: random.Random, weights: Weights) -> Opening:
    chance = rng.random
    breaks = chance() < weights.breaks
    return Opening(
        int(chance() * VARIANTS),
        _pick(rng, _ENDINGS),
        _pick(rng, _FAILURES) if chance() < weights.failures else "",
        int(chance() * 7) if breaks else 0,
        _pick(rng, _CUTS) if breaks else "",
        chance() < 0.5,
        _pick(rng, _LATE),
        _pick(rng, _PACES),
        1 + int(chance() * 3),
        chance() < 0.5,
        _pick(rng, _HANDSHAKES) if chance() < weights.handshakes else "",
        _pick(rng, _OPENS) if chance() < weights.slow_openings else 0.05,
    )


def _rows(rng: random.Random) -> Rows:
    notes, placeholders, twice, undated, newest_first = (rng.random() < 0.4 for _ in range(5))
    return Rows(notes, placeholders, twice, undated and not newest_first, newest_first)


def _other(rng: random.Random) -> Other:
    chance = rng.random
    soon = chance() < 0.8
    return Other(
        chance() * (30 if soon else 400), chance() < 0.7, chance() < 0.3, _pick(rng, _LATE) + 0.1 if chance() < 0.8 else None
    )
