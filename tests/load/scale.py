"""The sizes of the scenarios."""

from __future__ import annotations

import attrs

from .timed_answer import TimedAnswer


@attrs.frozen(kw_only=True)
class Scale:
    """The size of a run."""

    calls: int
    """Concurrent calls in one process, with one login."""
    deadline: float
    """Time-out of a request that is never answered, in seconds."""
    processes: int
    """Processes that share one token file."""
    rounds: int
    """Number of expiries of their token."""
    disks: int
    """Number of kinds of unwritable token files."""
    streams: int
    """Concurrent answers in one process."""
    events: int
    """Text deltas in each of them."""
    pause: float
    """Seconds between two deltas of one answer."""
    heartbeat: float | None
    """Seconds between the server's pings on each WebSocket; None for no pings."""

    @property
    def answer(self) -> TimedAnswer:
        """The answer of each stream."""
        return TimedAnswer(pieces=self.events, pause=self.pause)


FULL = Scale(calls=10_000, deadline=5.0, processes=8, rounds=5, disks=2, streams=5_000, events=20, pause=2.0, heartbeat=20.0)
SMALL = Scale(calls=300, deadline=0.3, processes=2, rounds=2, disks=1, streams=50, events=20, pause=0.02, heartbeat=None)
