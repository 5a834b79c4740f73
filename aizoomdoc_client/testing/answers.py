"""What a model run shall do: an `Answer` of steps, and the queue of answers that a test scripted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from .steps import AfterDrop, Emit, Step
from .wireformat import WireFormat

Scripted = Step | tuple[str, Mapping[str, Any]]
"""A step, or an event as a pair of name and data."""


def _as_steps(scripted: Iterable[Scripted]) -> tuple[Step, ...]:
    return tuple(Emit(*item) if isinstance(item, tuple) else item for item in scripted)


@attrs.frozen
class Answer:
    """The steps of one run; a pair of name and data stands for an event.

    `stores` is False for a run that says it is done and stores nothing; `interruptions` maps the number of events sent before it
    to steps; `on_drop` and `wire_format` are the server's own where they are None.
    """

    steps: tuple[Step, ...] = attrs.field(converter=_as_steps)
    stores: bool = attrs.field(default=True, kw_only=True)
    on_drop: AfterDrop | None = attrs.field(default=None, kw_only=True)
    wire_format: WireFormat | None = attrs.field(default=None, kw_only=True)
    interruptions: Mapping[int, tuple[Step, ...]] = attrs.field(factory=dict[int, tuple[Step, ...]], kw_only=True)

    def interrupted(self, after: int, *scripted: Scripted) -> Answer:
        """The same answer with some steps more when `after` events have been sent."""
        return attrs.evolve(self, interruptions={**self.interruptions, after: _as_steps(scripted)})

    def without(self, name: str) -> Answer:
        """The same answer without its events of that `name`."""
        return attrs.evolve(self, steps=[step for step in self.steps if not (isinstance(step, Emit) and step.name == name)])

    def preceded_by(self, *scripted: Scripted) -> Answer:
        """The same answer after some steps more."""
        return attrs.evolve(self, steps=[*scripted, *self.steps])

    def followed_by(self, *scripted: Scripted) -> Answer:
        """The same answer with some steps more at its end."""
        return attrs.evolve(self, steps=[*self.steps, *scripted])


@attrs.frozen(kw_only=True)
class Question:
    """What a run has to answer, and what came with the stream's request."""

    text: str
    chat_id: str
    message_id: str
    profile: str
    has_tokens: bool
    attached_file_ids: tuple[str, ...] = ()
    query: Mapping[str, Sequence[str]] = attrs.field(factory=dict[str, Sequence[str]], repr=False)

    @property
    def compares(self) -> bool:
        """Whether both groups of documents to compare were given."""
        return bool(self.query.get("compare_document_ids_a")) and bool(self.query.get("compare_document_ids_b"))


AnswerMaker = Callable[[Question], Answer]


@attrs.define
class Script:
    """The answers of the next runs, and how all others are made."""

    default: AnswerMaker
    _coming: deque[tuple[str | None, AnswerMaker]] = attrs.field(factory=deque[tuple[str | None, AnswerMaker]], init=False)

    def add(self, maker: AnswerMaker, question: str | None) -> None:
        """Keeps `maker` for the next run, or for the next one whose question contains `question`."""
        self._coming.append((question, maker))

    def next_for(self, question: Question) -> Answer:
        """The answer for a run that starts now; a scripted one is used once."""
        for entry in tuple(self._coming):
            wanted, maker = entry
            if wanted is None or wanted in question.text:
                self._coming.remove(entry)
                return maker(question)
        return self.default(question)

    @property
    def left(self) -> int:
        """How many scripted answers no run has used yet."""
        return len(self._coming)
