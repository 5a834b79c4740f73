"""What each question's client saw of the history: the only evidence that it has after a drop."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator

from aizoomdoc_client import APIError
from aizoomdoc_client.models import ChatHistory
from aizoomdoc_client.protocol.recovery import Action, Recovery
from tests.chaos.outcomes import Outcome

ASKED: contextvars.ContextVar[Outcome | None] = contextvars.ContextVar("asked", default=None)
"""Whose work is going on."""


@contextlib.contextmanager
def noted_looks() -> Generator[None]:
    """Notes on each outcome why the last look into its history failed, if it did."""
    looked, look_failed = Recovery.looked, Recovery.look_failed

    def note_look(self: Recovery, history: ChatHistory, draft: str) -> Action:
        _note(None)
        return looked(self, history, draft)

    def note_failure(self: Recovery, error: APIError) -> Action:
        _note(error)
        return look_failed(self, error)

    with contextlib.ExitStack() as former:
        for name, method, note in (("looked", looked, note_look), ("look_failed", look_failed, note_failure)):
            setattr(Recovery, name, note)
            former.callback(setattr, Recovery, name, method)
        yield


def _note(failure: APIError | None) -> None:
    outcome = ASKED.get()
    if outcome is not None:
        outcome.blindness = None if failure is None else type(failure)
