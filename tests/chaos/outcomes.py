"""The outcome of a question, as its user saw it."""

from __future__ import annotations

import attrs

from aizoomdoc_client import AnswerEvent, APIError, Message, StreamError
from tests.chaos.folding import Folded
from tests.chaos.schedules import ByteLimit, Scenario, Schedule


@attrs.frozen
class Left:
    """What a client saw until it stopped reading: its events, and the text if it read to the end; `was_opened` if it began to."""

    folded: Folded
    text: str | None
    was_opened: bool


@attrs.define(eq=False)
class Outcome:
    """A text or an error, and the folded events; `faults` describes each violated expectation.

    Times are those of a `LagFreeClock`: `last_activity`, the longest `silence` between activities, when the stream was `opened`,
    and by how many seconds the end came after the deadline (`overdue`). `history_error` is the error of the last history read,
    if it failed; `outages` counts the refusals and server restarts meanwhile. `asked` is the message, once it is known. `left` is
    what another client saw before the answer was taken up.
    """

    scenario: Scenario
    schedule: Schedule
    chat_id: str | None = None
    text: str | None = None
    error: type[BaseException] | None = None
    message: str = ""
    folded: Folded = attrs.field(factory=Folded)
    seconds: float = 0.0
    history_error: type[APIError] | None = None
    outages: int = 0
    last_activity: float = 0.0
    silence: float = 0.0
    opened: float | None = None
    overdue: float = 0.0
    faults: list[str] = attrs.field(factory=list[str])
    asked: Message | None = None
    left: Left | None = None

    @property
    def has_random_faults(self) -> bool:
        """Whether connections failed at random, or by a byte limit, besides the injected faults."""
        is_limited = any(
            isinstance(injection.action, ByteLimit) for schedule in self.scenario.schedules for injection in schedule.injections
        )
        return is_limited or self.scenario.fault_share > 0

    @property
    def ending(self) -> str:
        """How it ended: straight, adopted (from the history), re-run, or the error's class; of an answer that was taken up."""
        return self._ending if self.left is None else f"taken up: {self._ending}"

    @property
    def _ending(self) -> str:
        if self.error is not None:
            return self.error.__name__
        if not self.folded.sources:
            return "straight"
        return "adopted" if self.folded.sources[-1] == "history" else "re-run"

    @property
    def events(self) -> int:
        """How many events were read, by both clients if there were two."""
        return self.folded.events + (0 if self.left is None else self.left.folded.events)

    @property
    def is_to_be_left(self) -> bool:
        """Whether the client that asked is to read no further."""
        hand_over = self.schedule.hand_over
        return hand_over is not None and self.left is None and self.events >= hand_over.events

    def found(self, message: Message) -> None:
        """Records the message whose answer is read."""
        if self.asked is not None and message.id != self.asked.id:
            self.faults.append(f"{message.id} is taken up, not {self.asked.id}")
        self.asked = message

    def take_up(self) -> Message:
        """Begins anew, for the client that takes the answer up; the message to be answered."""
        assert self.asked is not None
        was_opened = self.folded.events > 0 or self.error is not None
        self.left = Left(self.folded, self.text, was_opened)
        self.folded, self.text, self.error, self.message = Folded(), None, None, ""
        self.history_error = self.opened = None
        return self.asked

    def note_activity(self, now: float) -> None:
        """Records activity of the client."""
        self.silence = max(self.silence, now - self.last_activity)
        self.last_activity = now

    def finish(self, now: float) -> None:
        """Records the end and how late it was."""
        self.note_activity(now)
        if self.opened is not None and self.scenario.total is not None:
            self.overdue = now - self.opened - self.scenario.total

    def take(self, event: AnswerEvent, shown: str) -> None:
        """Folds the next event and compares the result with the text that the answer shows."""
        self.folded.take(event)
        self._compare(shown)

    def _compare(self, shown: str) -> None:
        if shown != self.folded.text:
            self.faults.append(f"the answer shows {shown!r}, its events give {self.folded.text!r}")

    def ended(self, text: str) -> None:
        """Records the final text."""
        self.text = text
        self._compare(text)
        if self.folded.finals != 1:
            self.faults.append(f"{self.folded.finals} final texts")
        if not self.folded.restarts and self.folded.joined != text:
            self.faults.append("no answer_restarted, but the joined deltas are not the text")

    def failed(self, error: BaseException) -> None:
        """Records the error's class and message, not the error itself, whose traceback would keep the client alive."""
        self.error, self.message = type(error), str(error)
        if not isinstance(error, APIError):
            self.faults.append(f"{type(error).__name__} is no APIError: {error}")
        if isinstance(error, StreamError) and error.partial != self.folded.text:
            self.faults.append(f"the error holds {error.partial!r}, the events give {self.folded.text!r}")
