"""Tells beginning and end of an answer, and makes what is done for it known as such."""

from __future__ import annotations

from contextvars import Token
from typing import Any

from .details import AnswerEnded, AnswerStarted
from .notifier import Notifier
from .scope import Scope, enter


class AnswerWatch:
    """One answer, whose beginning is told with the first `enter`."""

    def __init__(self, notifier: Notifier, chat_id: str, *, is_resumed: bool) -> None:
        self._notifier = notifier
        self._started = AnswerStarted(server_url=notifier.server_url, chat_id=chat_id, is_resumed=is_resumed)
        self._scope = Scope(notifier, self._started)
        self._has_begun = False

    def enter(self) -> Token[Scope | None]:
        """What is done until `scope.leave` is done for this answer."""
        if not self._has_begun:
            self._has_begun = True
            self._notifier.tell("answer_started", self._started)
        return enter(self._scope)

    def ended(self, **facts: Any) -> None:
        """Nothing more comes; `facts` are fields of `AnswerEnded`. To be called once; of what never began nothing is told."""
        if self._has_begun:
            self._notifier.tell("answer_ended", AnswerEnded(answer=self._started, **facts))
