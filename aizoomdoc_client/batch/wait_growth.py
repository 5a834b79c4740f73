"""Detects that the wait for answers grows, beyond the usual variation of answer times.

Pure. Answer times differ by factors: one document takes three seconds and the next thirty. So their logarithms are compared, ten
new ones with those of before, and they have grown where the means are apart by more than both a factor of 1.5 and four standard
errors, which chance reaches about once in ten thousand comparisons.

Each ten are of questions that were asked after the ten before were complete. Of questions that are open together the shortest end
first: the first answers of all would otherwise be short ones, and those that follow seem to have grown.
"""

from __future__ import annotations

import math
import statistics

__all__ = ["GROWTH_FACTOR", "WaitGrowth"]

GROWTH_FACTOR = 1.5
"""The factor by which waits must be longer than usual."""

_WINDOW = 10  # waits that are compared at a time
_MOST_USUAL = 30  # waits that they are compared with
_FACTOR = math.log(GROWTH_FACTOR)
_STANDARD_ERRORS = 4.0  # of the difference of the means; chance exceeds them about once in ten thousand comparisons
_LEAST_SECONDS = 1.0  # shorter waits are irrelevant, but their logarithms differ much


class WaitGrowth:
    """Compares waits with what is usual: at first the first ones, until they are short or fewer questions do not shorten them."""

    def __init__(self, *, since: float = -math.inf) -> None:
        self._since = since
        self._usual = list[float]()
        self._recent = list[float]()
        self._grown_to: float | None = None

    def is_growing(self, now: float, *, asked_at: float, seconds: float) -> bool:
        """Records the wait, `seconds`, of a question asked at `asked_at`; returns whether the last ten are longer than usual.

        The caller then asks fewer questions at a time. If the next ten are as long nevertheless, the number of questions is not
        the cause: such waits are what is usual from then on.
        """
        if asked_at < self._since:
            return False
        self._recent.append(math.log(max(seconds, _LEAST_SECONDS)))
        if len(self._recent) < _WINDOW:
            return False
        recent, self._recent, self._since = self._recent, [], now
        change = self._change(recent)
        mean = statistics.fmean(recent)
        if change == 0:
            self._usual = [*self._usual, *recent][:_MOST_USUAL]
            self._grown_to = None
            return False
        if change < 0 or (self._grown_to is not None and mean > self._grown_to - _FACTOR / 2):
            self._usual = recent
            self._grown_to = None
            return False
        self._grown_to = mean
        return True

    def _change(self, recent: list[float]) -> int:
        """1 where `recent` is longer than usual, -1 where shorter, 0 where it is neither, or where nothing is known yet."""
        if not self._usual:
            return 0
        difference = statistics.fmean(recent) - statistics.fmean(self._usual)
        variance = statistics.variance(recent) / len(recent) + statistics.variance(self._usual) / len(self._usual)
        if abs(difference) <= max(_FACTOR, _STANDARD_ERRORS * math.sqrt(variance)):
            return 0
        return 1 if difference > 0 else -1
