"""How long a client may be silent at the most: computed from its own policy, so that patience is told from a hang.

A question as a whole has no such bound unless its asker gives one (`total`). A line that is slow but never silent is read on
for ever: a long answer repeats all of its text with every piece, so at 20 ms a slice it takes minutes, with each event within its
idle time-out. What is bounded is the time between two signs of life: a chat made, a message stored, an event, the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from aizoomdoc_client import RetryPolicy, StreamTimeouts
from aizoomdoc_client.protocol import delivery, recovery
from aizoomdoc_client.transport.websocket import CLOSE_TIMEOUT

GRACE = 0.5
"""Seconds after a deadline within which whoever gave it hears of it (I12)."""


@attrs.frozen(kw_only=True)
class Patience:
    """What a client is told to bear, in seconds; each wait between sendings and looks lasts `waiting` times as long.

    It is assumed that the server's tokens last: a renewal would add a login to each request.
    """

    request: float
    policy: RetryPolicy
    streams: StreamTimeouts
    waiting: float = 1.0

    @property
    def silence(self) -> float:
        """The longest time without a sign of life."""
        creating = self._login + self._call
        return max(creating, self._login + self._posting, self._event) + GRACE

    @property
    def _call(self) -> float:
        """One request with all of its repetitions, each as late as it may be."""
        waits = (min(self.policy.max_delay, self.policy.base_delay * 2.0**attempt) for attempt in range(self.policy.attempts - 1))
        return self.policy.attempts * self.request + self.waiting * sum(waits)

    @property
    def _login(self) -> float:
        return self._call

    @property
    def _posting(self) -> float:
        """The chat's history, the sending itself, and the search for a message whose outcome is open."""
        return 2 * self._call + self._looking(delivery.LOOKS)

    @property
    def _event(self) -> float:
        """Nothing comes until a time-out; the stream is closed; the history is looked into to the last time."""
        limits = [limit for limit in (self.streams.first_event, self.streams.idle) if limit is not None]
        return max(limits) + CLOSE_TIMEOUT + self.waiting * recovery.RESTART_DELAY + self._looking(recovery.LOOKS)

    def _looking(self, looks: Sequence[float]) -> float:
        return sum(self.waiting * seconds + self._call for seconds in looks)
