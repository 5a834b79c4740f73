"""Decides when a job pauses: after failures that further questions cannot end, or that look so.

Pure.
"""

from __future__ import annotations

from .steps import Failure, Fault

__all__ = ["FAILURES_IN_A_ROW", "JobHealth"]

FAILURES_IN_A_ROW = 5
"""After failures of so many units in a row, without a success between, the job pauses."""


class JobHealth:
    """Counts failures and successes of steps; `cause` is set while the job has to pause."""

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
        """To be called when the job resumes after a pause."""
        self._failed.clear()
        self.cause = None
