"""The way of one answer, from the first frame to its one end: what is done next, given what happened.

Whoever drives this does the `step` and tells what came of it: `Receive` reads the stream, opening it if there is none; before
any other step the stream is closed, since its run lives as long as it does. `Look` waits and reads the chat's history. `Done`
and `GiveUp` are the end. All state is kept here, between any two steps, so that a driver may leave off and come back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import attrs

from ..events import AnswerEvent, StreamResumed
from ..exceptions import APIConnectionError, APIError, ProtocolError, ServerError, StreamInterruptedError, StreamTimeoutError
from ..models import ChatHistory
from .recovery import TOO_LARGE, Action, Adopt, Done, GiveUp, Look, Recovery, Reopen
from .transcript import Frame, Transcript


@attrs.frozen
class Receive:
    """Read the stream, and open it first if it is not open."""


Step = Receive | Look | Done | GiveUp

PendingRun = Literal["nothing", "its answer", "anything"]
"""What runs may store after the end: nothing, the answer that was received (servers may be late), or what nobody has seen."""


class Answering:
    """Drives the answer to one message; see `Recovery` for `max_reruns`, `sole` and `settled`.

    `doubtful` says that the first run, too, may have answered another message than ours, so that its answer is held against the
    history as another run's is.
    """

    def __init__(
        self, question_id: str, *, max_reruns: int, sole: bool, doubtful: bool = False, settled: Collection[str] = ()
    ) -> None:
        self._transcript = Transcript()
        self._recovery = Recovery(question_id, max_reruns=max_reruns, sole=sole, settled=settled)
        self._doubtful = doubtful
        self._runs = 0
        self._cause = ""
        self.step: Step = Receive()

    @property
    def text(self) -> str:
        """The text as of the events given out."""
        return self._transcript.text

    @property
    def has_final(self) -> bool:
        """Whether the final text is here."""
        return self._transcript.final is not None

    def received(self, frames: Sequence[Frame]) -> list[AnswerEvent]:
        """The events of `frames`; what comes after a frame that cannot be understood, or after the end, is not looked at."""
        events = list[AnswerEvent]()
        try:
            self._transcript.take(frames, events)
        except (ProtocolError, StreamInterruptedError) as error:
            self.broke(error, may_have_run=True)
        if self._transcript.ended:
            self._finish()
        return events

    def broke(self, error: APIError, *, may_have_run: bool) -> None:
        """Reading or opening the stream failed; `may_have_run`: this opening of it may have started the model."""
        if self._transcript.final is not None:
            self._finish()
        elif (may_have_run or self._runs > 0) and _is_drop(error):
            self._cause = error.message
            self.step = _as_step(self._recovery.dropped(error))
        else:
            self.step = GiveUp(error)

    def closed(self, *, may_have_run: bool) -> None:
        """One opening of the stream is over."""
        self._runs += may_have_run

    def looked(self, history: ChatHistory) -> list[AnswerEvent]:
        """The events that the history, read as `Look` said, gives."""
        if self._transcript.final is not None:
            self.step = _as_step(self._recovery.verified(history))
            return []
        match self._recovery.looked(history, self.text):
            case Adopt(message):
                self.step = Done()
                return [StreamResumed("history", self._cause), *self._transcript.adopt(message.content, message.id)]
            case Reopen():
                self._doubtful = True
                self.step = Receive()
                self._transcript.begin_rerun()
                return [StreamResumed("rerun", self._cause)]
            case action:
                self.step = _as_step(action)
                return []

    def look_failed(self, error: APIError) -> None:
        """The history could not be read."""
        self.step = _as_step(self._recovery.look_failed(error))

    def expired(self) -> None:
        """The time for the whole answer is over."""
        text = "The answer took longer in all than its time-out allows"
        self.step = GiveUp(StreamTimeoutError(text, deadline="total", request_sent=True))

    def remainder(self, *, may_have_run: bool) -> PendingRun:
        """What may be stored from now on; `may_have_run` is about the stream that is still open."""
        runs = self._runs + may_have_run
        if runs == 0 or (runs == 1 and self._transcript.error is not None):
            return "nothing"
        is_one_answered = runs == 1 and (self._transcript.ended or self._transcript.final is not None)
        return "its answer" if is_one_answered else "anything"

    def _finish(self) -> None:
        """The end of the text is here: nothing is left to do, unless the answer may be another message's."""
        is_proven = not self._doubtful or self._transcript.final is None
        self.step = Done() if is_proven else _as_step(self._recovery.finished())


def _as_step(action: Action) -> Step:
    assert not isinstance(action, (Adopt, Reopen))
    return action


def _is_drop(error: APIError) -> bool:
    """Whether an error is a stream that broke off, so that the answer may be found or made again."""
    if isinstance(error, StreamTimeoutError):
        return error.deadline != "total"
    if isinstance(error, ProtocolError):
        return error.details.get("reason") == TOO_LARGE
    if isinstance(error, APIConnectionError):
        return not error.fatal
    return isinstance(error, (StreamInterruptedError, ServerError))
