"""How many questions of a job may be open at a time.

Pure: events and their times in, a number out. It begins with two, adds one for each answer until the first sign of a queue, and
from then on one for every ten answers that did not wait; it halves when the server refuses (its queue is full, or it limits the
rate) or when the wait grows, once for all questions that were open then. Questions that wait in the server's queue make nobody's
answer come sooner, so at most one of the job's own is meant to wait there.
"""

from __future__ import annotations

import statistics
from collections import deque

from ..exceptions import ConfigurationError

__all__ = ["MOST_CONCURRENCY", "Pacing"]

MOST_CONCURRENCY = 64
"""The most questions that are open at a time, unless a fixed number is given."""
_ANSWERS_A_STEP = 10
_RECENT = 10
_GROWN = 2.0


class Pacing:
    """The number of questions that may be open now: `limit`, fixed or found out; and the time before which none may begin."""

    def __init__(self, fixed: int | None = None, *, start: int = 2, most: int = MOST_CONCURRENCY) -> None:
        self._fixed = fixed
        self._limit = start
        self._most = most
        self._is_starting = True
        self._smooth_answers = 0
        self._cut_at = float("-inf")
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._usual_seconds: float | None = None
        self.not_before: float = float("-inf")
        """No question may be begun earlier than this."""

    @property
    def limit(self) -> int:
        """How many questions may be open at a time, 1 or more."""
        return self._limit if self._fixed is None else self._fixed

    def queued(self, *, open_now: int, waiting: int) -> None:
        """A question came into the server's queue; of those `open_now`, `waiting` wait there."""
        self._smooth_answers = 0
        if self._is_starting:
            self._is_starting = False
            self._limit = max(1, min(self._limit, open_now - waiting + 1))

    def answered(self, now: float, *, begun_at: float, queued_seconds: float | None) -> None:
        """An answer is complete: begun at `begun_at`, of which it waited `queued_seconds` in the queue, if it did."""
        working = now - begun_at - (queued_seconds or 0.0)
        if queued_seconds is not None:
            self._smooth_answers = 0
            if self._usual_seconds is not None and queued_seconds > self._usual_seconds * _GROWN:
                self._cut(now, begun_at)
            return
        self._recent.append(working)
        if len(self._recent) == _RECENT:
            median = statistics.median(self._recent)
            if self._usual_seconds is not None and median > self._usual_seconds * _GROWN:
                self._cut(now, begun_at)
                return
            self._usual_seconds = median if self._usual_seconds is None else min(self._usual_seconds, median)
        self._smooth_answers += 1
        if self._is_starting or self._smooth_answers >= _ANSWERS_A_STEP:
            self._smooth_answers = 0
            self._limit = min(self._most, self._limit + 1)

    def refused(self, now: float, *, begun_at: float, retry_after: float | None = None) -> None:
        """The server refused a question: its queue is full, or it limits the rate."""
        self.not_before = max(self.not_before, now + (retry_after or 1.0))
        self._cut(now, begun_at)

    def _cut(self, now: float, begun_at: float) -> None:
        """Halves the number, once for all questions that were begun before it was halved last."""
        if begun_at < self._cut_at:
            return
        self._cut_at = now
        self._is_starting = False
        self._smooth_answers = 0
        self._recent.clear()
        self._limit = max(1, self._limit // 2)


def as_concurrency(value: object) -> int | None:
    """The fixed number that a caller gave, None for ``auto``; raises `ConfigurationError` for anything else."""
    from ..catalog import text

    if value == "auto":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ConfigurationError(text("not_a_count", name="concurrency", least=1, value=str(value)))
