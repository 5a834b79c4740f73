"""Finds in a chat's history the message whose answer is to be resumed: one by its id, or the newest question.

A message that the history does not show may exist all the same: a server without its database returns an empty one.
"""

from __future__ import annotations

import attrs

from ..catalog import text
from ..exceptions import AnswerUnknownError, APIError, ConfigurationError
from ..models import ChatHistory, Message
from ..models.ids import id_key
from .conversation import is_question, newest_question
from .recovery import LOOKS, REFUSALS, GiveUp, Look


@attrs.frozen
class Found:
    """The message."""

    message: Message


SearchStep = Look | Found | GiveUp


class QuestionSearch:
    """Finds the message with an id, or without one the newest question; `step` says what to do next."""

    def __init__(self, message_id: str | None) -> None:
        self._message_id = message_id
        self._looks = 0
        self.step: SearchStep = self._next_look()

    def looked(self, history: ChatHistory) -> None:
        """Reports the history, read as `Look` asked; raises `ConfigurationError` when the id is not that of a question."""
        found = self._shown(history)
        if found is not None and not is_question(found):
            raise ConfigurationError(text("not_a_question", role=found.role))
        if self._message_id is None and history.truncated:
            found = None  # the newest messages are those that a full window leaves out
        if found is not None:
            self.step = Found(found)
        elif history.truncated or self._message_id is None:
            self.step = GiveUp(AnswerUnknownError(text("message_not_shown")))
        else:
            self._look_again_or(AnswerUnknownError(text("message_not_shown")))

    def look_failed(self, error: APIError) -> None:
        """Reports that the history could not be read."""
        if isinstance(error, REFUSALS):
            self.step = GiveUp(error)
        else:
            self._look_again_or(error)

    def _shown(self, history: ChatHistory) -> Message | None:
        if self._message_id is None:
            return newest_question(history)
        key = id_key(self._message_id)
        return next((row for row in history.messages if id_key(row.id) == key), None)

    def _look_again_or(self, error: APIError) -> None:
        self.step = GiveUp(error) if self._looks == len(LOOKS) else self._next_look()

    def _next_look(self) -> Look:
        self._looks += 1
        return Look(LOOKS[self._looks - 1])
