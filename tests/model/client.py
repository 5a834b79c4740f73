"""What our client's parts share in the model: the time that passes, the retries, the history, the plans that are left.

Here and in `asking` and `reading` the session's part is played without sockets, tasks and clocks: what session/retrier.py and
caller.py do, asking.py, stream.py, channel.py and transports.py, in their order. They decide nothing: decisions are `protocol`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs

from aizoomdoc_client.config import RetryPolicy
from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import ChatHistory
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.transport_choice import TransportChoice

from .schedule import Ask, Opening, Post, Read
from .told import Told
from .world import World

T = TypeVar("T")

POLICY = RetryPolicy()
MOST_DEALINGS = 1000
"""How many dealings with the server one question can need, and far more."""


class LeftError(Exception):
    """The consumer stopped reading, or was cancelled."""


class LateError(Exception):
    """The time for the whole answer is over."""


class EndlessError(Exception):
    """The client does not come to an end."""


@attrs.define
class Plans:
    """What is still planned for one question; harmless when used up."""

    posts: list[Post]
    openings: list[Opening]
    reads: list[Read]

    @classmethod
    def of(cls, ask: Ask) -> Plans:
        """All that is planned for `ask`."""
        return cls(list(reversed(ask.posts)), list(reversed(ask.openings)), list(reversed(ask.reads)))

    def post(self) -> Post:
        """What becomes of the next sending."""
        return self.posts.pop() if self.posts else _HARMLESS_POST

    def opening(self) -> Opening:
        """What becomes of the next opening."""
        return self.openings.pop() if self.openings else _HARMLESS_OPENING

    def read(self) -> Read:
        """What the next reading of the history gives."""
        return self.reads.pop() if self.reads else _HARMLESS_READ


_HARMLESS_POST, _HARMLESS_OPENING, _HARMLESS_READ = Post(), Opening(), Read()


class Client:
    """Our client while it deals with one question; the consumer may leave it before any dealing."""

    def __init__(self, ask: Ask, told: Told, world: World, choice: TransportChoice, rng: retry.RandomSource) -> None:
        self.told = told
        self.world = world
        self.choice = choice
        self.rng = rng
        self.plans = Plans.of(ask)
        self.end: float | None = None
        self._left_in = ask.leaves_after
        self._dealings = 0

    def breathe(self) -> None:
        """One more dealing, unless the consumer leaves before it; raises `EndlessError` when there were too many."""
        self._dealings += 1
        if self._dealings > MOST_DEALINGS:
            raise EndlessError
        if self._left_in is not None:
            self._left_in -= 1
            if self._left_in < 0:
                raise LeftError
        self.told.latest = self.world.now

    def wait(self, seconds: float) -> None:
        """Lets so much time pass; raises `LateError` when less is left."""
        self.breathe()
        self.pass_until(self.world.now + seconds)

    def pass_until(self, due: float) -> None:
        """Lets time pass until `due`; raises `LateError` at the end of the time for the whole answer."""
        if self.end is not None and due >= self.end:
            self.world.advance(self.end)
            raise LateError
        self.world.advance(due)

    def history(self) -> ChatHistory:
        """The chat's history."""
        return self.retrying(self._fetch, repeatable=True)

    def retrying(self, attempt: Callable[[], T], *, repeatable: bool = False, keyed: bool = False) -> T:
        """What `attempt` gives, repeated as the retry policy says."""
        number = 0
        while True:
            number += 1
            try:
                return attempt()
            except APIError as error:
                may_repeat = retry.should_retry(error, attempt=number, repeatable=repeatable, policy=POLICY, keyed=keyed)
                if not may_repeat:
                    raise
                self.wait(retry.delay(error, attempt=number, policy=POLICY, rng=self.rng))

    def _fetch(self) -> ChatHistory:
        self.breathe()
        plan = self.plans.read()
        self.pass_until(self.world.now + self.world.takes(plan))
        return self.world.history(plan)
