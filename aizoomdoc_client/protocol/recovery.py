"""What to do when an answer's stream breaks off: look into the history, adopt, run again, or give up.

RULES, from the servers' ways: there is no resume; opening a stream always runs the model on the chat's *last* user message and
stores one more answer; a run whose stream broke off may be cancelled or may finish and be stored later. So:

1. The history is looked into first, and again for a while, since a run may still be finishing.
2. An answer is adopted only if it stands after our own message and before anybody else's, and no older run may have stored it.
3. The model runs again only when our message is the last one and its answer is surely not there, and only so many times.
4. What cannot be known is said to be unknown.

Observations in, actions out: whoever drives this sleeps, looks and opens, and tells what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..exceptions import (
    AnswerUnknownError,
    APIError,
    AuthenticationError,
    ChatConflictError,
    NotFoundError,
    PermissionDeniedError,
    StreamInterruptedError,
)
from ..models import ChatHistory, Message

LOOKS: Sequence[float] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds to wait before each look into the history after a drop."""
RESTART_DELAY = 2.0
"""The longest wait before the first look when the server said that it restarts; drawn at random by whoever waits."""

TOO_LARGE = "too_large"
"""What `details["reason"]` of a `ProtocolError` says when a frame outgrew the limit."""
RESTARTING = frozenset({1012, 1013})


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


Action = Look | Adopt | Reopen | GiveUp


class Recovery:
    """Decides, for the answer to one message, what follows each drop.

    `sole` says that no run of an older question in the chat can still store an answer; where one might, an answer found in the
    history proves nothing and only another run does.
    """

    def __init__(self, question_id: str, *, max_reruns: int, sole: bool) -> None:
        self._question_id = question_id
        self._reruns_left = max_reruns
        self._sole = sole
        self._looks = 0
        self._may_rerun = True
        self._cause: APIError | None = None
        self.reruns = 0

    def dropped(self, error: APIError) -> Action:
        """The stream ended with `error` before the final text."""
        if isinstance(error, (PermissionDeniedError, NotFoundError, AuthenticationError)):
            return GiveUp(error)
        # A frame that was too large once would be again.
        self._may_rerun = error.details.get("reason") != TOO_LARGE
        self._looks, self._cause = 0, error
        return self._next_look(jitter=RESTART_DELAY if error.details.get("close_code") in RESTARTING else 0.0)

    def looked(self, history: ChatHistory, draft: str) -> Action:
        """The history, read after a drop; `draft` is the text delivered so far, which picks among several answers."""
        after = _after(history, self._question_id)
        if after is None:
            return self._next_look() if not self._is_last_look else GiveUp(self._unknown())
        answers = _before_next_question(after)
        if answers and self._sole:
            return Adopt(_most_like(answers, draft))
        if len(answers) < len(after):
            return GiveUp(ChatConflictError("Another question was asked in this chat before the answer was complete"))
        if history.truncated and not answers:
            return GiveUp(self._unknown())
        return self._next_look() if not self._is_last_look else self._run_again(answers)

    def look_failed(self, error: APIError) -> Action:
        """The history could not be read."""
        if isinstance(error, (PermissionDeniedError, NotFoundError, AuthenticationError)):
            return GiveUp(error)
        return self._next_look() if not self._is_last_look else GiveUp(self._unknown())

    def finished(self, history: ChatHistory) -> GiveUp | None:
        """The history, read after another run ended with its final text, shows whether it was our message that it answered."""
        after = _after(history, self._question_id)
        if after is not None and len(_before_next_question(after)) == len(after):
            return None
        return GiveUp(ChatConflictError("Another question was asked in this chat: the answer may be to that one"))

    @property
    def _is_last_look(self) -> bool:
        return self._looks == len(LOOKS)

    def _next_look(self, jitter: float = 0.0) -> Look:
        self._looks += 1
        return Look(LOOKS[self._looks - 1], jitter)

    def _run_again(self, unproven: Sequence[Message]) -> Action:
        if self._may_rerun and self._reruns_left > 0:
            self._reruns_left -= 1
            self.reruns += 1
            return Reopen()
        if unproven:
            return GiveUp(self._unknown())
        reason = self._cause.message if self._cause else "the stream broke off"
        return GiveUp(StreamInterruptedError(f"The answer broke off and is not in the chat's history either: {reason}"))

    def _unknown(self) -> AnswerUnknownError:
        return AnswerUnknownError("The stream broke off, and the chat's history cannot show whether the question was answered")


def _after(history: ChatHistory, question_id: str) -> Sequence[Message] | None:
    """The messages after ours; None when the history does not show ours."""
    for index, message in enumerate(history.messages):
        if message.id == question_id:
            return history.messages[index + 1 :]
    return None


def _before_next_question(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages until somebody asks again."""
    for index, message in enumerate(messages):
        if message.role == "user":
            return messages[:index]
    return messages


def _most_like(answers: Sequence[Message], draft: str) -> Message:
    """Of several answers to our message the one that goes on where the draft stands, else the newest."""
    return next((answer for answer in answers if answer.content.startswith(draft)), answers[-1])
