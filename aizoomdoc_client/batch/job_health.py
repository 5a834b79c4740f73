"""When a job pauses: what does not end by asking on, and what looks like it.

Pure.
"""

from __future__ import annotations

from .steps import Failure, Fault

__all__ = ["FAILURES_IN_A_ROW", "JobHealth"]

FAILURES_IN_A_ROW = 5
"""So many failures of different units, one after the other and none answered between, stop all."""


class JobHealth:
    """Sees what comes of steps, and says why nothing more should be begun at present."""

    def __init__(self) -> None:
        self._failed: set[str] = set()
        self.cause: Failure | None = None
        """Why the job pauses; None while it works."""

    def failed(self, key: str, failure: Failure) -> None:
        """To be called when a step of the unit `key` failed."""
        if failure.is_busy or failure.fault is Fault.WORKER:
            return
        self._failed.add(key)
        if failure.fault is Fault.JOB or (failure.fault is not Fault.FINAL and len(self._failed) >= FAILURES_IN_A_ROW):
            self.cause = failure

    def succeeded(self) -> None:
        """To be called when a step succeeded: server and login work."""
        self._failed.clear()

    def resumed(self) -> None:
        """To be called when the job goes on after a pause."""
        self._failed.clear()
        self.cause = None
