"""The record of one question: its exchanges, the delivered events, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from aizoomdoc_client.events import AnswerEvent
from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol.answer_state import AnswerState

from .model_server import ModelServer
from .schedule import Ask, Post
from .stream import Stream

Outcome = Literal["answer", "error", "left"]


@attrs.define(eq=False)
class QuestionRecord:
    """One question's record; `state` folds the events as a consumer's view of an answer does.

    An answer that is taken up again has a record of its own, whose message was `asked_by` the question with that number.

    The consumer left at the time `left_at`, `left_between` two exchanges or in the middle of one.
    """

    number: int
    ask: Ask
    posts: list[Post] = attrs.field(factory=list[Post])
    before: int = 0
    message: Message | None = None
    streams: list[Stream] = attrs.field(factory=list[Stream])
    looks: list[ChatHistory] = attrs.field(factory=list[ChatHistory])
    runs_started: list[int] = attrs.field(factory=list[int])
    events: list[AnswerEvent] = attrs.field(factory=list[AnswerEvent])
    mismatch: tuple[str, str] | None = None
    state: AnswerState = attrs.field(factory=AnswerState)
    outcomes: list[Outcome] = attrs.field(factory=list[Outcome])
    error: APIError | None = None
    latest: float = 0.0
    end: float | None = None
    left_at: float | None = None
    left_between: bool = False
    asked_by: int | None = None

    def note_post(self, plan: Post, server: ModelServer) -> None:
        """An attempt to post begins."""
        if not self.posts:
            self.before = len(server.messages)
        self.posts.append(plan)

    def looked(self, history: ChatHistory) -> None:
        """The history was read after a drop, or after the final text."""
        self.looks.append(history)

    def note_run(self) -> None:
        """The stream was opened and a run began; records the number of history reads until then."""
        self.runs_started.append(len(self.looks))

    def note_delivered(self, events: Sequence[AnswerEvent], draft: str) -> None:
        """`events` were delivered; the transcript's text is `draft`."""
        self.state.fold(events)
        self.events += events
        if self.state.text != draft:
            self.mismatch = (draft, self.state.text)

    def completed(self) -> None:
        """The answer is complete; an `error` event of the server completes it, too, and is raised."""
        self.outcomes.append("error" if self.state.error is not None else "answer")

    def failed(self, error: APIError) -> None:
        """`error` was raised to the consumer."""
        self.error = error
        self.outcomes.append("error")

    def never_ended(self) -> None:
        """There was no outcome."""
        self.outcomes.clear()

    def left(self) -> None:
        """The consumer left."""
        self.outcomes.append("left")
