"""What the model notes of one question: what was done for it, what its consumer was given, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from aizoomdoc_client.events import AnswerEvent
from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol.answer_state import AnswerState

from .schedule import Ask, Post
from .stream import Stream
from .world import World

Outcome = Literal["answer", "error", "left"]


@attrs.define(eq=False)
class Told:
    """One question's record; `state` folds the events as a consumer's view of an answer does."""

    number: int
    ask: Ask
    posts: list[Post] = attrs.field(factory=list[Post])
    before: int = 0
    message: Message | None = None
    streams: list[Stream] = attrs.field(factory=list[Stream])
    looks: list[ChatHistory] = attrs.field(factory=list[ChatHistory])
    runs_began: list[int] = attrs.field(factory=list[int])
    events: list[AnswerEvent] = attrs.field(factory=list[AnswerEvent])
    strayed: tuple[str, str] | None = None
    state: AnswerState = attrs.field(factory=AnswerState)
    outcomes: list[Outcome] = attrs.field(factory=list[Outcome])
    error: APIError | None = None
    latest: float = 0.0
    end: float | None = None

    def posting(self, plan: Post, world: World) -> None:
        """The message is sent, for the first time or again."""
        if not self.posts:
            self.before = len(world.messages)
        self.posts.append(plan)

    def looked(self, history: ChatHistory) -> None:
        """The history was read after a drop, or after the final text."""
        self.looks.append(history)

    def run_began(self) -> None:
        """The stream was opened, and a run began, when there had been so many looks."""
        self.runs_began.append(len(self.looks))

    def gave(self, events: Sequence[AnswerEvent], draft: str) -> None:
        """The consumer was given `events`; the transcript stands at `draft`."""
        self.state.fold(events)
        self.events += events
        if self.state.text != draft:
            self.strayed = (draft, self.state.text)

    def completed(self) -> None:
        """The answer is complete; an `error` event of the server completes it, too, and is raised."""
        self.outcomes.append("error" if self.state.error is not None else "answer")

    def failed(self, error: APIError) -> None:
        """The consumer was raised `error`."""
        self.error = error
        self.outcomes.append("error")

    def never_ended(self) -> None:
        """There was no outcome."""
        self.outcomes.clear()

    def left(self) -> None:
        """The consumer left."""
        self.outcomes.append("left")
