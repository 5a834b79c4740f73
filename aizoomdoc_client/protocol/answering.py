"""The state machine of one answer, from the first frame to its end: which step is next, given what happened.

The caller performs `step` and reports the result: `Receive` reads the stream, and opens it if it is not open; before any other
step the caller closes the stream, because an open stream keeps the model's run alive. `Look` waits and reads the chat's history.
`Done` and `GiveUp` are final. All state is kept here, so a caller may stop between any two steps and continue later.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import attrs

from ..catalog import text
from ..events import AnswerEvent, StreamResumed
from ..exceptions import APIConnectionError, APIError, ProtocolError, ServerError, StreamInterruptedError, StreamTimeoutError
from ..models import ChatHistory
from .recovery import UNREADABLE_ANSWERS, Action, Adopt, Done, GiveUp, Look, Recovery, Reopen
from .retry import PERHAPS_PROCESSED, request_outcome
from .transcript import Frame, Transcript
from .transport_choice import Transport


@attrs.frozen
class Receive:
    """Read the stream, and open it first if it is not open."""


Step = Receive | Look | Done | GiveUp

PendingRun = Literal["nothing", "its answer", "anything"]
"""What runs may still store after the end: nothing, the received answer (servers may store it late), or an unseen one."""


class Answering:
    """Drives the answer to one message; see `Recovery` for `max_reruns` and what is known of the chat.

    An answer that is `resumed` begins as after a drop: an earlier run may be going on, or have stored its answer, and the history
    is read first. Then the model may run once, and `max_reruns` times more, or with `may_run` off not at all. No reader has read
    it for `unread_for` seconds, by which reading the history takes less time.

    `needs_proof`: the first run, too, may have answered another message than ours, so its answer is checked against the history,
    as that of a second run always is.
    """

    def __init__(
        self,
        question_id: str,
        *,
        max_reruns: int,
        no_pending_runs: bool,
        needs_proof: bool = False,
        resumed: bool = False,
        may_run: bool = True,
        unread_for: float = 0.0,
        finished_questions: Collection[str] = (),
        known: Collection[str] = (),
    ) -> None:
        self._transcript = Transcript()
        self._recovery = Recovery(
            question_id,
            max_reruns=0 if not may_run else max_reruns + resumed,
            no_pending_runs=no_pending_runs,
            finished_questions=finished_questions,
            known=known,
        )
        self._needs_proof = needs_proof
        # An earlier process may have run the model twice, after a drop: one stored answer does not prove that no run is going on.
        self._runs = 2 if resumed else 0
        self._cause = ""
        self.transport: Transport | None = None
        self.step: Step = Receive()
        if resumed:
            cause = StreamInterruptedError(text("answer_taken_up"))
            self._cause = cause.message
            self.step = _as_step(self._recovery.dropped(cause, seconds_ago=unread_for))

    @property
    def text(self) -> str:
        """The text after the events returned so far."""
        return self._transcript.text

    @property
    def request_id(self) -> str | None:
        """The server's own name for the last run; None where it gives none."""
        return self._transcript.request_id

    @property
    def has_final(self) -> bool:
        """Whether the final text was received."""
        return self._transcript.final is not None

    def received(self, frames: Sequence[Frame]) -> list[AnswerEvent]:
        """The events of `frames`; frames after one that cannot be decoded, or after the end, are ignored."""
        events = list[AnswerEvent]()
        if frames:
            self.transport = "websocket" if isinstance(frames[0], bytes) else "sse"
        try:
            self._transcript.take(frames, events)
        except (ProtocolError, StreamInterruptedError) as error:
            self.broke(error, may_have_run=True)
        if self._transcript.ended:
            self._finish()
        return events

    def broke(self, error: APIError, *, may_have_run: bool) -> None:
        """Reports that reading or opening the stream failed; `may_have_run`: this opening may have started the model."""
        if self._transcript.final is not None:
            self._finish()
        elif (may_have_run or self._runs > 0) and _is_drop(error):
            self._cause = error.message
            self.step = _as_step(self._recovery.dropped(error))
        else:
            self.step = GiveUp(error)

    def closed(self, *, may_have_run: bool) -> None:
        """Reports that the stream was closed."""
        self._runs += may_have_run

    def looked(self, history: ChatHistory) -> list[AnswerEvent]:
        """The events that follow from the history, which was read as `Look` asked."""
        if self._transcript.final is not None:
            self.step = _as_step(self._recovery.verified(history))
            return []
        match self._recovery.looked(history, self.text):
            case Adopt(message):
                self.step = Done()
                return [StreamResumed("history", self._cause), *self._transcript.adopt(message)]
            case Reopen():
                self._needs_proof = True
                self.step = Receive()
                self._transcript.begin_rerun()
                return [StreamResumed("rerun", self._cause)]
            case action:
                self.step = _as_step(action)
                return []

    def look_failed(self, error: APIError) -> None:
        """Reports that the history could not be read."""
        self.step = _as_step(self._recovery.look_failed(error))

    def expired(self) -> None:
        """Reports that the time limit of the whole answer has passed."""
        self.step = GiveUp(StreamTimeoutError(text("answer_timeout_total"), deadline="total", request_sent=True))

    def pending_run(self, *, may_have_run: bool) -> PendingRun:
        """What may still be stored; `may_have_run` is about the stream that is open."""
        runs = self._runs + may_have_run
        if runs == 0 or (runs == 1 and self._transcript.error is not None):
            return "nothing"
        is_one_answered = runs == 1 and (self._transcript.ended or self._transcript.final is not None)
        return "its answer" if is_one_answered else "anything"

    def _finish(self) -> None:
        """Ends the answer with the final text that was received, or looks first whether the answer is to our message."""
        is_proven = not self._needs_proof or self._transcript.final is None
        self.step = Done() if is_proven else _as_step(self._recovery.finished())


class PossibleRun:
    """Whether one connection of the stream may have started a run of the model."""

    def __init__(self) -> None:
        self.may_exist: bool = False
        self._existed = False

    def requested(self) -> None:
        """The stream is requested; if the request is cancelled before its response, it may leave a run behind."""
        self._existed, self.may_exist = self.may_exist, True

    def failed(self, error: APIError) -> None:
        """The request failed with `error`."""
        self.may_exist = self._existed or request_outcome(error) == "unknown"

    def refused(self) -> None:
        """The stream is open, but its first frame says that there will be no run by this transport."""
        self.may_exist = False


def _as_step(action: Action) -> Step:
    assert not isinstance(action, (Adopt, Reopen))
    return action


def _is_drop(error: APIError) -> bool:
    """Whether an error means that the stream broke off, so that the answer may be in the history, or another run may give it."""
    if isinstance(error, StreamTimeoutError):
        return error.deadline != "total"
    if isinstance(error, ProtocolError):
        return error.code in UNREADABLE_ANSWERS
    if isinstance(error, APIConnectionError):
        return not error.fatal
    return isinstance(error, (StreamInterruptedError, ServerError)) or error.status_code in PERHAPS_PROCESSED
