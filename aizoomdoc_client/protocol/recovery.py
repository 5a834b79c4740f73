"""What to do when an answer's stream breaks off: read the chat's history, adopt a stored answer, run the model again, or give up.

How servers behave: a stream cannot be resumed; opening one always runs the model on the chat's *last* user message and stores one
more answer; a run whose stream broke off may be cancelled, or may finish and be stored later. Hence the rules:

1. The history is read first, and again for a while, because a run may still be finishing.
2. An answer is adopted only if it is an assistant's row with text that stands, by order and by date, after our own message and
   before any other user message, and if no older run can have stored it: an earlier question without an answer may have a run.
3. The model runs again only when our message is the last one and its answer is surely not there, and only so many times.
4. The answer of another run counts only if the history shows that it was our message that was answered.
5. What cannot be known is reported as unknown.

Observations in, actions out: the caller sleeps, reads the history and opens streams, and reports the results.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import attrs

from ..catalog import text
from ..exceptions import (
    AnswerUnknownError,
    APIError,
    AuthenticationError,
    ChatConflictError,
    NotFoundError,
    PermissionDeniedError,
    StreamInterruptedError,
    StreamTimeoutError,
    TokenExpiredError,
)
from ..models import ChatHistory, Message
from ..models.ids import id_key
from .conversation import Conversation, is_question

LOOKS: Sequence[float] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds to wait before each look into the history after a drop."""
RESTART_DELAY = 2.0
"""The most seconds, drawn at random, before the first look after a close code that announces a restart: spreads the clients."""
RUN_LIFE = timedelta(hours=1)
"""The longest time a run is assumed to take: an older question without an answer counts as failed."""
REFUSALS = (AuthenticationError, NotFoundError, PermissionDeniedError)
"""Errors after which reading the history again is of no use."""

FRAME_TOO_LARGE = "frame_too_large"
"""The code of an error for a frame that outgrew the limit."""
UNREADABLE_STREAMS = frozenset({"not_an_event_stream", "stream_compressed"})
"""The codes of errors for a successful response whose body cannot be read as a stream: the model may be running all the same."""
UNREADABLE_ANSWERS = UNREADABLE_STREAMS | {FRAME_TOO_LARGE}
"""The codes of errors that would come again with another run: the answer may be in the history, but is not streamed again."""
TAKEN_UP = "answer_taken_up"
"""The code of the cause with which the recovery of a resumed answer begins."""
RESTARTING = frozenset({1012, 1013})
"""WebSocket close codes that announce a restart: Service Restart and Try Again Later (IANA's registry of close codes)."""
TOKEN_REFUSED = 4401
"""The server's own close code for a token that it refuses."""


@attrs.frozen
class Look:
    """Wait so many `seconds` (up to `jitter` more), then read the chat's history."""

    seconds: float
    jitter: float = 0.0


@attrs.frozen
class Adopt:
    """The stored answer is ours: finish from it."""

    message: Message


@attrs.frozen
class Reopen:
    """Open the stream again, which runs the model again."""


@attrs.frozen
class GiveUp:
    """Raise `error`."""

    error: APIError


@attrs.frozen
class Done:
    """The answer is complete, and ours."""


Action = Look | Adopt | Reopen | Done | GiveUp


class Recovery:
    """Decides, for the answer to one message, what to do after each drop.

    `no_pending_runs`: no run of this client's older questions in the chat can still store an answer. Where one can, an answer in
    the history may be that run's, so only another run of our message gives an answer that is surely its own.
    `finished_questions`: the ids of this client's questions that surely have no run any more, answered or not; those of other
    clients are judged by the history. `known`: ids of messages that the chat had before ours.
    """

    def __init__(
        self,
        question_id: str,
        *,
        max_reruns: int,
        no_pending_runs: bool,
        finished_questions: Collection[str] = (),
        known: Collection[str] = (),
    ) -> None:
        self._question_id = question_id
        self._reruns_left = max_reruns
        self._no_pending_runs = no_pending_runs
        self._finished_questions = finished_questions
        self._known = known
        self._looks = 0
        self._seconds_before = 0.0
        self._may_rerun = True
        self._cause: APIError | None = None

    def dropped(self, error: APIError, *, seconds_ago: float = 0.0) -> Action:
        """The action after the stream ended with `error` before the final text.

        It ended at least `seconds_ago`, by which the looks take less time.
        """
        if isinstance(error, REFUSALS):
            return GiveUp(error)
        self._may_rerun = error.code not in UNREADABLE_ANSWERS
        self._looks, self._seconds_before, self._cause = 0, seconds_ago, error
        return self._next_look(jitter=RESTART_DELAY if error.details.get("close_code") in RESTARTING else 0.0)

    def looked(self, history: ChatHistory, draft: str) -> Action:
        """The action after a look; `draft` is the text delivered so far, by which one of several answers is chosen."""
        shown = Conversation.around(history, self._question_id, self._known)
        if shown is None:
            return GiveUp(self._unknown()) if history.truncated else self._look_again_or(self._unknown())
        if shown.answers and shown.is_whole and self._no_pending_runs and not self._may_be_unanswered(shown):
            return Adopt(_most_like(shown.answers, draft))
        if shown.later_questions:
            return GiveUp(ChatConflictError(text("other_question_before_answer")))
        if history.truncated:
            return GiveUp(self._unknown())
        return self._run_again(shown.answers) if self._is_run_over else self._next_look()

    def look_failed(self, error: APIError) -> Action:
        """The action after a look for which the history could not be read."""
        if isinstance(error, REFUSALS):
            return GiveUp(error)
        unread = text("history_unreadable", reason=error.text)
        return self._look_again_or(AnswerUnknownError(unread, status_code=error.status_code, details=error.details))

    def finished(self) -> Look:
        """The next look, after the final text of a run that may have answered another message than ours."""
        self._looks = 0
        return self._next_look()

    def verified(self, history: ChatHistory) -> Action:
        """The action after the final text, now that the history shows which message the run answered."""
        shown = Conversation.around(history, self._question_id, self._known)
        if history.truncated:
            return GiveUp(self._unproven())
        if shown is None:
            return self._look_again_or(self._unproven())
        if shown.later_questions:
            return GiveUp(ChatConflictError(text("answer_may_be_to_other_question")))
        return Done()

    @property
    def _is_last_look(self) -> bool:
        return self._looks == len(LOOKS)

    @property
    def _is_run_over(self) -> bool:
        """Whether a run that was going on at the drop would have stored its answer by now."""
        return self._is_last_look or self._seconds_before + sum(LOOKS[: self._looks]) >= sum(LOOKS)

    def _next_look(self, jitter: float = 0.0) -> Look:
        self._looks += 1
        return Look(LOOKS[self._looks - 1], jitter)

    def _run_again(self, unproven: Sequence[Message]) -> Action:
        if self._may_rerun and self._reruns_left > 0:
            self._reruns_left -= 1
            return Reopen()
        if unproven:
            return GiveUp(self._unknown())
        cause = self._cause
        assert cause is not None
        if cause.code == TAKEN_UP:
            return GiveUp(StreamInterruptedError(text("rerun_forbidden")))
        if cause.code in UNREADABLE_STREAMS:
            return GiveUp(cause)
        lost = text("answer_lost", reason=cause.text)
        if cause.details.get("close_code") == TOKEN_REFUSED:
            return GiveUp(TokenExpiredError(lost, status_code=401, details=cause.details))
        if isinstance(cause, StreamTimeoutError):
            return GiveUp(StreamTimeoutError(lost, deadline=cause.deadline, request_sent=True))
        return GiveUp(StreamInterruptedError(lost))

    def _look_again_or(self, error: APIError) -> Action:
        return GiveUp(error) if self._is_last_look else self._next_look()

    def _may_be_unanswered(self, shown: Conversation) -> bool:
        """Whether a run of one of the questions before ours may be going on."""
        finished = frozenset(map(id_key, self._finished_questions))
        questions = [
            row
            for row, following in zip(shown.before, (*shown.before, shown.ours)[1:], strict=True)
            if is_question(row) and (following is shown.ours or is_question(following)) and id_key(row.id) not in finished
        ]
        return any(_asked_shortly_before(shown.ours, question) for question in questions)

    def _unknown(self) -> AnswerUnknownError:
        return AnswerUnknownError(text("history_cannot_tell"))

    def _unproven(self) -> AnswerUnknownError:
        return AnswerUnknownError(text("answer_not_proven"))


def _asked_shortly_before(ours: Message, question: Message) -> bool:
    """Whether a run of `question` may have been going on when ours was stored; both times are the server's own."""
    if ours.created_at is None or question.created_at is None:
        return True
    return ours.created_at - question.created_at < RUN_LIFE


def _most_like(answers: Sequence[Message], draft: str) -> Message:
    """Of several answers to our message the first that begins with the draft, else the newest."""
    return next((answer for answer in answers if answer.content.startswith(draft)), answers[-1])
