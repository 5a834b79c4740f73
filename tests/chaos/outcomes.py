"""What came of a question, as its asker saw it."""

from __future__ import annotations

import attrs

from aizoomdoc_client import AnswerEvent, APIError, StreamError
from tests.chaos.folding import Folded
from tests.chaos.schedules import Schedule, Sitting, Wear


@attrs.define(eq=False)
class Outcome:
    """A text or an error, and what the events said; `faults` is what must not have happened.

    Times are those of a `FairClock`: when there was a sign of life last and the longest time without one, when the stream was
    opened, and by how much the end came after the asker's deadline. `blindness` is why the last look into the history failed, if
    it did; `outages` is how often the server, or the way to it, was gone meanwhile.
    """

    sitting: Sitting
    schedule: Schedule
    chat_id: str | None = None
    text: str | None = None
    error: type[BaseException] | None = None
    message: str = ""
    folded: Folded = attrs.field(factory=Folded)
    seconds: float = 0.0
    blindness: type[APIError] | None = None
    outages: int = 0
    heard: float = 0.0
    silence: float = 0.0
    opened: float | None = None
    overdue: float = 0.0
    faults: list[str] = attrs.field(factory=list[str])

    @property
    def is_stormy(self) -> bool:
        """Whether connections suffered that nobody struck by name."""
        worn = any(isinstance(blow.deed, Wear) for schedule in self.sitting.schedules for blow in schedule.blows)
        return worn or self.sitting.storminess > 0

    @property
    def way(self) -> str:
        """How it ended: straight, adopted, re-run, or the error's class."""
        if self.error is not None:
            return self.error.__name__
        if not self.folded.sources:
            return "straight"
        return "adopted" if self.folded.sources[-1] == "history" else "re-run"

    def hear(self, now: float) -> None:
        """A sign of life."""
        self.silence = max(self.silence, now - self.heard)
        self.heard = now

    def over(self, now: float) -> None:
        """Nothing more comes."""
        self.hear(now)
        if self.opened is not None and self.sitting.total is not None:
            self.overdue = now - self.opened - self.sitting.total

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
