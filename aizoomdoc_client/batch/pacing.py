"""How many questions of a job may be open at a time.

Pure: events and their times in, a number and a time out. What it does with `Pacing.limit`:

- It begins with two, and adds one for each answer until the first sign of a queue: it doubles in the time that an answer takes.
- From then on it adds one for every ten answers in a row that did not wait in the server's queue.
- It halves when the server refuses a question, because its queue is full or it limits the rate, and when the wait for answers
  grows (`wait_growth`). It does so once for all questions that were begun before, and once for a time without acceptance.
- After a wait that grew it adds one for each answer to a question that was asked since, up to two thirds of the number before: as
  the wait grew by half, so many questions keep the server as busy. A server that reports its queue needs no such estimate.
- Of the job's own questions one at most is meant to wait in the server's queue, so that the slot that comes free next is used.
  More of them bring no answer sooner and make everybody else wait: while they do, those that end are not replaced.

After a refusal nothing begins before `Pacing.not_before`; then one question at a time, at growing distances, until the server
accepts one. A fixed number stays what it is, and obeys `Pacing.not_before` alike.
"""

from __future__ import annotations

import math

from ..catalog import text
from ..exceptions import ConfigurationError
from .wait_growth import GROWTH_FACTOR, WaitGrowth

__all__ = ["MOST_CONCURRENCY", "Pacing", "as_concurrency", "usable_retry_after"]

MOST_CONCURRENCY = 64
"""The most questions that are open at a time, unless a fixed number is given."""
_LONGEST_RETRY_AFTER = 3600.0  # seconds; after a longer one the server is tried earlier
_ANSWERS_A_STEP = 10  # without a wait in the server's queue, after which one question more may be open
_FIRST_PAUSE = 1.0  # seconds between two questions after a refusal, doubled at each further one up to the longest
_LONGEST_PAUSE = 60.0


class Pacing:
    """How many questions may be open now, fixed or found out, and the time before which none may begin.

    Times are seconds of one clock that never goes back. `asked_at` is when a question was sent, not when its file was uploaded.
    """

    def __init__(self, fixed: int | None = None, *, start: int = 2, most: int = MOST_CONCURRENCY) -> None:
        self._fixed = fixed
        self._limit = min(start, most)
        self._most = most
        self._fast_until = most  # below this number one is added for each answer
        self._answers_without_queue = 0
        self._halved_at = -math.inf
        self._growth = WaitGrowth()
        self._server_tells_queue = False
        self._refused_at: float | None = None  # None once a question was accepted that was asked later
        self._pause = _FIRST_PAUSE
        self.not_before: float = -math.inf
        """No question may be begun earlier than this."""

    @property
    def limit(self) -> int:
        """How many questions may be open at a time, 1 or more."""
        return self._limit if self._fixed is None else self._fixed

    def begun(self, now: float) -> None:
        """A question is begun, which `limit` and `not_before` allowed."""
        if self._refused_at is not None:
            self.not_before = max(self.not_before, now + self._pause)

    def accepted(self, *, asked_at: float) -> None:
        """The server has a question in its queue, or works at it."""
        if self._refused_at is not None and asked_at > self._refused_at:
            self._refused_at = None
            self._pause = _FIRST_PAUSE
            self.not_before = -math.inf

    def queued(self, *, open_now: int, waiting: int) -> None:
        """A question came into the server's queue; of the job's `open_now`, it and others, `waiting` together, wait there."""
        if not self._server_tells_queue:
            self._server_tells_queue = True
            self._growth = WaitGrowth()  # what was measured until now was the time of whole answers
        self._fast_until = 0
        self._answers_without_queue = 0
        self._limit = max(1, min(self._limit, open_now - waiting + 1))

    def answered(self, now: float, *, asked_at: float, queued_seconds: float | None) -> None:
        """An answer is complete, for which the question waited `queued_seconds` in the server's queue, None if not at all."""
        self.accepted(asked_at=asked_at)
        if queued_seconds is None:
            self._count_answer(asked_at)
        else:
            self._answers_without_queue = 0
        wait = queued_seconds if self._server_tells_queue else now - asked_at
        if wait is not None and self._growth.is_growing(now, asked_at=asked_at, seconds=wait):
            busy = int(self._limit / GROWTH_FACTOR)
            self._halve(now)
            self._fast_until = 0 if self._server_tells_queue else busy

    def refused(self, now: float, *, asked_at: float, retry_after: float | None = None) -> None:
        """The server refused a question: its queue is full, or it limits the rate; `retry_after` is what it says of the time."""
        if asked_at >= self._halved_at:
            if self._refused_at is None:
                self._halve(now)
                self._growth = WaitGrowth(since=now)
            else:
                self._pause = min(_LONGEST_PAUSE, self._pause * 2)
            self._refused_at = now
        self.not_before = max(self.not_before, now + max(self._pause, usable_retry_after(retry_after)))

    def _count_answer(self, asked_at: float) -> None:
        self._answers_without_queue += 1
        is_fast = self._limit < self._fast_until and asked_at >= self._halved_at
        if is_fast or self._answers_without_queue >= _ANSWERS_A_STEP:
            self._answers_without_queue = 0
            self._limit = min(self._most, self._limit + 1)

    def _halve(self, now: float) -> None:
        self._halved_at = now
        self._fast_until = 0
        self._answers_without_queue = 0
        self._limit = max(1, self._limit // 2)


def as_concurrency(value: object) -> int | None:
    """The fixed number that a caller gave, None for ``auto``; raises `ConfigurationError` for anything else."""
    if value == "auto":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ConfigurationError(text("not_a_count", name="concurrency", least=1, value=str(value)))


def usable_retry_after(retry_after: float | None) -> float:
    """The seconds that a server's Retry-After holds a job back, 0 where it says nothing that can be used."""
    if retry_after is None or math.isnan(retry_after):
        return 0.0
    return min(max(retry_after, 0.0), _LONGEST_RETRY_AFTER)
