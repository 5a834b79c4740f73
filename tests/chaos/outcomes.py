"""What came of a question, as its asker saw it."""

from __future__ import annotations

import attrs

from aizoomdoc_client import AnswerEvent, APIError, StreamError
from tests.chaos.folding import Folded
from tests.chaos.schedules import Schedule, Sitting


@attrs.define(eq=False)
class Outcome:
    """A text or an error, and what the events said; `faults` is what must not have happened."""

    sitting: Sitting
    schedule: Schedule
    chat_id: str | None = None
    text: str | None = None
    error: type[BaseException] | None = None
    message: str = ""
    folded: Folded = attrs.field(factory=Folded)
    seconds: float = 0.0
    faults: list[str] = attrs.field(factory=list[str])

    @property
    def way(self) -> str:
        """How it ended: straight, adopted, re-run, or the error's class."""
        if self.error is not None:
            return self.error.__name__
        if not self.folded.sources:
            return "straight"
        return "adopted" if self.folded.sources[-1] == "history" else "re-run"

    def take(self, event: AnswerEvent, shown: str) -> None:
        """The next event, after which the answer shows that text."""
        self.folded.take(event)
        self._compare(shown)

    def _compare(self, shown: str) -> None:
        if shown != self.folded.text:
            self.faults.append(f"the answer shows {shown!r}, its events give {self.folded.text!r}")

    def ended(self, text: str) -> None:
        """It ended with a text."""
        self.text = text
        self._compare(text)
        if self.folded.finals != 1:
            self.faults.append(f"{self.folded.finals} final texts")
        if not self.folded.restarts and self.folded.joined != text:
            self.faults.append("nothing was taken back, and the pieces are not the text")

    def failed(self, error: BaseException) -> None:
        """It ended with an error; the error itself is not kept, since its traceback keeps the client."""
        self.error, self.message = type(error), str(error)
        if not isinstance(error, APIError):
            self.faults.append(f"{type(error).__name__} is no APIError: {error}")
        if isinstance(error, StreamError) and error.partial != self.folded.text:
            self.faults.append(f"the error holds {error.partial!r}, the events give {self.folded.text!r}")
