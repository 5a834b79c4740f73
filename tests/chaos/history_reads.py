"""Records whether each question's client could read the history, the only evidence that it has after a drop."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator

from aizoomdoc_client import APIError
from aizoomdoc_client.models import ChatHistory
from aizoomdoc_client.protocol.recovery import Action, Recovery
from tests.chaos.outcomes import Outcome

CURRENT_OUTCOME: contextvars.ContextVar[Outcome | None] = contextvars.ContextVar("current_outcome", default=None)
"""The outcome of the question that is being asked."""


@contextlib.contextmanager
def recorded_history_reads() -> Generator[None]:
    """Stores on each outcome the error of the last history read; None if it succeeded."""
    looked, look_failed = Recovery.looked, Recovery.look_failed

    def record_read(self: Recovery, history: ChatHistory, draft: str) -> Action:
        _record(None)
        return looked(self, history, draft)

    def record_failure(self: Recovery, error: APIError) -> Action:
        _record(error)
        return look_failed(self, error)

    with contextlib.ExitStack() as originals:
        for name, method, recording in (("looked", looked, record_read), ("look_failed", look_failed, record_failure)):
            setattr(Recovery, name, recording)
            originals.callback(setattr, Recovery, name, method)
        yield


def _record(failure: APIError | None) -> None:
    outcome = CURRENT_OUTCOME.get()
    if outcome is not None:
        outcome.history_error = None if failure is None else type(failure)
