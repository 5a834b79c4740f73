"""How much of everything."""

from __future__ import annotations

import attrs

from .speech import Speech


@attrs.frozen(kw_only=True)
class Scale:
    """The size of a run."""

    calls: int
    """Calls at once in one process, on one login."""
    deadline: float
    """Seconds that a request may take which is never answered."""
    processes: int
    """Processes that share one token file."""
    rounds: int
    """How often their token ends."""
    disks: int
    """How many kinds of token files that cannot be written."""
    streams: int
    """Answers that are read at once in one process."""
    events: int
    """Pieces of text in each of them."""
    pause: float
    """Seconds between two pieces of one answer."""
    heartbeat: float | None
    """Seconds between a server's pings on each WebSocket; None for none."""

    @property
    def speech(self) -> Speech:
        """The usual answer."""
        return Speech(pieces=self.events, pause=self.pause)


FULL = Scale(calls=10_000, deadline=5.0, processes=8, rounds=5, disks=2, streams=5_000, events=20, pause=2.0, heartbeat=20.0)
SMALL = Scale(calls=300, deadline=0.3, processes=2, rounds=2, disks=1, streams=50, events=20, pause=0.02, heartbeat=None)
