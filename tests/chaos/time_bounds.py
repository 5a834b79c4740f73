"""How long a client may be inactive at most, computed from its own policy, to tell allowed waiting from a hang.

A question as a whole has no such bound unless its user sets one (`total`). A stream that is slow but never silent is read without
limit: a long answer repeats all of its text with every delta, so at 20 ms a slice it takes minutes, with each event within its
idle time-out. What is bounded is the time between two activities: a chat created, a message stored, an event, the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from aizoomdoc_client import RetryPolicy, StreamTimeouts
from aizoomdoc_client.protocol import delivery, recovery

GRACE = 0.5
"""Seconds after a deadline within which the user must get the error (I12)."""


@attrs.frozen(kw_only=True)
class TimeBounds:
    """A client's time-outs and retry policy, in seconds; `waiting` scales the waits between attempts and history reads.

    Assumes that tokens do not expire: a renewal would add a login to each request.
    """

    request: float
    policy: RetryPolicy
    streams: StreamTimeouts
    waiting: float = 1.0

    @property
    def silence(self) -> float:
        """The longest time without activity."""
        creating = self._login + self._call
        return max(creating, self._login + self._posting, self._login + self._searching, self._event) + GRACE

    @property
    def _call(self) -> float:
        """One request with all retries, each taking its whole time-out."""
        waits = (min(self.policy.max_delay, self.policy.base_delay * 2.0**attempt) for attempt in range(self.policy.attempts - 1))
        return self.policy.attempts * self.request + self.waiting * sum(waits)

    @property
    def _login(self) -> float:
        return self._call

    @property
    def _posting(self) -> float:
        """Reading the history, posting, and searching the history for a message whose outcome is unknown."""
        return 2 * self._call + self._history_reads(delivery.LOOKS)

    @property
    def _searching(self) -> float:
        """Searching the history for the message whose answer is taken up."""
        return self._history_reads(recovery.LOOKS)

    @property
    def _event(self) -> float:
        """A stream that is silent until its time-out, and all reads of the history."""
        limits = [limit for limit in (self.streams.first_event, self.streams.idle) if limit is not None]
        return max(limits) + self.waiting * recovery.RESTART_DELAY + self._history_reads(recovery.LOOKS)

    def _history_reads(self, looks: Sequence[float]) -> float:
        return sum(self.waiting * seconds + self._call for seconds in looks)
