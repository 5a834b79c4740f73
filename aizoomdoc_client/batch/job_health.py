"""Decides when a job pauses: after failures that further questions cannot end, or that look so.

Pure.
"""

from __future__ import annotations

from .steps import Failure, Fault

__all__ = ["FAILURES_IN_A_ROW", "JobHealth"]

FAILURES_IN_A_ROW = 5
"""After failures of so many units in a row, without a success between, the job pauses.

Where fewer are left it pauses after a failure of each, unless the cause may be in them: otherwise the last questions of a job
would be tried until they are given up, while many wait for the server or the drive however long it is away.
"""


class JobHealth:
    """Counts failures and successes of steps; `cause` is set while the job has to pause."""

    def __init__(self) -> None:
        self._failed: set[str] = set()
        self.cause: Failure | None = None
        """Why the job pauses; None while it works."""

    def failed(self, key: str, failure: Failure, *, left: int) -> None:
        """To be called when a step of the unit `key` failed; `left` units, that one among them, were not finished before."""
        if failure.is_busy or failure.fault in {Fault.WORKER, Fault.FINAL}:
            return
        self._failed.add(key)
        enough = min(FAILURES_IN_A_ROW, left) if failure.fault is Fault.SERVER else FAILURES_IN_A_ROW
        if failure.fault is Fault.JOB or len(self._failed) >= enough:
            self.cause = failure

    def succeeded(self) -> None:
        """To be called when a step succeeded: server and login work."""
        self._failed.clear()

    def resumed(self) -> None:
        """To be called when the job resumes after a pause."""
        self._failed.clear()
        self.cause = None
