"""The shared state of our client in the model: virtual time, retries, history reads, and the remaining plans.

This module, `question_sender` and `stream_reader` copy the session without sockets, tasks and clocks: what retrier.py, caller.py,
question_sender.py, stream_reader.py, stream_connection.py and stream_opener.py in session/ do, in the same order. All decisions
are those of `protocol`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

import attrs

from aizoomdoc_client.config import RetryPolicy
from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import ChatHistory
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.transport_choice import TransportChoice

from .model_server import ModelServer
from .question_record import QuestionRecord
from .schedule import Ask, Opening, Post, Read

T = TypeVar("T")

POLICY = RetryPolicy()
RENEWAL_SECONDS = 0.05
"""How long a token exchange takes, in seconds."""
MAX_EXCHANGES = 1000
"""Limit of exchanges with the server for one question, far above what any question needs."""


class ConsumerLeftError(Exception):
    """The consumer stopped reading, or was cancelled."""


class DeadlineError(Exception):
    """The deadline of the whole answer has passed."""


class TooManyExchangesError(Exception):
    """The client exceeded `MAX_EXCHANGES`."""


@attrs.define
class Plans:
    """The remaining plans of one question; after the last one everything succeeds."""

    posts: list[Post]
    openings: list[Opening]
    reads: list[Read]

    @classmethod
    def of(cls, ask: Ask) -> Plans:
        """All that is planned for `ask`."""
        return cls(list(reversed(ask.posts)), list(reversed(ask.openings)), list(reversed(ask.reads)))

    def post(self) -> Post:
        """The outcome of the next attempt to post."""
        return self.posts.pop() if self.posts else _HARMLESS_POST

    def opening(self) -> Opening:
        """The outcome of the next opening."""
        return self.openings.pop() if self.openings else _HARMLESS_OPENING

    def read(self) -> Read:
        """The outcome of the next history read."""
        return self.reads.pop() if self.reads else _HARMLESS_READ


_HARMLESS_POST, _HARMLESS_OPENING, _HARMLESS_READ = Post(), Opening(), Read()


class Client:
    """Our client during one question; the consumer may leave before any exchange with the server."""

    def __init__(
        self, ask: Ask, record: QuestionRecord, server: ModelServer, choice: TransportChoice, rng: retry.RandomSource
    ) -> None:
        self.record = record
        self.server = server
        self.choice = choice
        self.rng = rng
        self.plans = Plans.of(ask)
        self.end: float | None = None
        self._left_in = ask.leaves_after
        self._within = ask.leaves_within
        self._is_leaving = False
        self._exchanges = 0

    def begin_exchange(self) -> None:
        """Counts an exchange; raises `ConsumerLeftError` if the consumer leaves, `TooManyExchangesError` beyond the limit."""
        self._exchanges += 1
        if self._exchanges > MAX_EXCHANGES:
            raise TooManyExchangesError
        if self._left_in is not None:
            self._left_in -= 1
            if self._left_in < 0 and not self._within:
                self._leave(is_between=True)
            self._is_leaving = self._left_in < 0
        self.record.latest = self.server.now

    def wait(self, seconds: float) -> None:
        """Advances the time by `seconds`; raises `DeadlineError` if the deadline comes first."""
        self.begin_exchange()
        self.pass_until(self.server.now + seconds)

    def pass_until(self, due: float) -> None:
        """Advances the time to `due`; raises `DeadlineError` or `ConsumerLeftError` if the deadline, or leaving, comes first."""
        server, end = self.server, self.end
        is_late = end is not None and due >= end
        until = end if end is not None and is_late else due
        if self._is_leaving:
            took = until - server.now
            server.advance(server.now + took * self._within)
            self._leave(is_between=took <= 0)
        server.advance(until)
        if is_late:
            raise DeadlineError

    def _leave(self, *, is_between: bool) -> NoReturn:
        self.record.left_at, self.record.left_between = self.server.now, is_between
        raise ConsumerLeftError

    def renew_token(self) -> None:
        """Exchanges a rejected token for a new one."""
        self.begin_exchange()
        self.pass_until(self.server.now + RENEWAL_SECONDS)

    def history(self) -> ChatHistory:
        """The chat's history."""
        return self.retrying(self._fetch, repeatable=True)

    def retrying(self, attempt: Callable[[], T], *, repeatable: bool = False, keyed: bool = False) -> T:
        """The result of `attempt`, retried as the retry policy says."""
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
        self.begin_exchange()
        plan = self.plans.read()
        self.pass_until(self.server.now + self.server.read_seconds(plan))
        return self.server.history(plan)
