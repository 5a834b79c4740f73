"""Model runs: the answer that a script gives, and the run that plays it to a client that may leave."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import attrs

from .behavior import WireFormat
from .event_streams import EventStream, Transport
from .server_store import StoredChat, StoredMessage, new_id
from .steps import AfterDrop, Emit, Step

Scripted = Step | tuple[str, Mapping[str, Any]]
"""A step, or an event as a pair of name and data."""

RunState = Literal["running", "finished", "failed", "cancelled"]


def _as_steps(scripted: Iterable[Scripted]) -> tuple[Step, ...]:
    return tuple(map(_as_step, scripted))


def _as_step(item: Scripted) -> Step:
    if isinstance(item, tuple):
        return Emit(*item)
    if isinstance(item, type) or not callable(getattr(item, "play", None)):
        raise TypeError(f"{item!r} is no step of an answer: steps have `play(run)`, and events are pairs of name and data")
    return item


@attrs.frozen
class Answer:
    """The steps of one run; a pair of name and data stands for an event.

    With `stores` False the final text is sent but not stored. `interruptions` maps a number of sent events to the steps that play
    then. `on_drop` and `wire_format` are those of the server where they are None.
    """

    steps: tuple[Step, ...] = attrs.field(converter=_as_steps)
    stores: bool = attrs.field(default=True, kw_only=True)
    on_drop: AfterDrop | None = attrs.field(default=None, kw_only=True)
    wire_format: WireFormat | None = attrs.field(default=None, kw_only=True)
    interruptions: Mapping[int, tuple[Step, ...]] = attrs.field(factory=dict[int, tuple[Step, ...]], kw_only=True)

    def interrupted(self, after: int, *scripted: Scripted) -> Answer:
        """The same answer with these steps added when `after` events have been sent, behind those added there before.

        Where the answer has fewer events they are never played.
        """
        steps = (*self.interruptions.get(after, ()), *_as_steps(scripted))
        return attrs.evolve(self, interruptions={**self.interruptions, after: steps})

    def without(self, name: str) -> Answer:
        """The same answer without its events of that `name`."""
        return attrs.evolve(self, steps=[step for step in self.steps if not (isinstance(step, Emit) and step.name == name)])

    def preceded_by(self, *scripted: Scripted) -> Answer:
        """The same answer with these steps added at its beginning."""
        return attrs.evolve(self, steps=[*scripted, *self.steps])

    def followed_by(self, *scripted: Scripted) -> Answer:
        """The same answer with these steps added at its end."""
        return attrs.evolve(self, steps=[*self.steps, *scripted])


@attrs.frozen(kw_only=True)
class Question:
    """The question that a run answers, and the query of the request that opened the stream.

    `has_tokens` says whether the server sends the text as deltas to a user with this `profile`.
    """

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
class AnswerQueue:
    """The answers that a test scripted for future runs, and the default for all other runs."""

    default: AnswerMaker
    _scripted: deque[tuple[str | None, AnswerMaker]] = attrs.field(factory=deque[tuple[str | None, AnswerMaker]], init=False)

    def add(self, maker: AnswerMaker, question: str | None) -> None:
        """Keeps `maker` for the next run, or for the next one whose question contains `question`."""
        self._scripted.append((question, maker))

    def next_for(self, question: Question) -> Answer:
        """The answer for a run that starts now; a scripted one is used once."""
        for entry in tuple(self._scripted):
            wanted, maker = entry
            if wanted is None or wanted in question.text:
                self._scripted.remove(entry)
                return maker(question)
        return self.default(question)

    @property
    def left(self) -> int:
        """How many scripted answers no run has used yet."""
        return len(self._scripted)


class ClientLeftError(Exception):
    """The client has left, and the policy of the run is to stop then."""


@attrs.define(eq=False, kw_only=True)
class ModelRun:
    """One run of the model: its question, how far it has come, and what it stored.

    `state` is ``failed`` after an `error` event, ``cancelled`` when the run stopped because the client had left. `frames` counts
    the events of the script, sent or not.
    """

    question: Question
    answer: Answer = attrs.field(repr=False)
    chat: StoredChat = attrs.field(repr=False)
    stream: EventStream = attrs.field(repr=False)
    on_drop: AfterDrop = "cancel"
    wire_format: WireFormat = attrs.field(factory=WireFormat, repr=False)
    state: RunState = "running"
    frames: int = 0
    stored: StoredMessage | None = attrs.field(default=None, repr=False)
    next_event: tuple[str, Mapping[str, Any]] | None = attrs.field(default=None, init=False, repr=False)
    _interruptions: dict[int, tuple[Step, ...]] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._interruptions = dict(self.answer.interruptions)

    @property
    def transport(self) -> Transport:
        """The transport of the stream."""
        return self.stream.transport

    @property
    def chat_id(self) -> str:
        """The chat of the question."""
        return self.question.chat_id

    @property
    def message_id(self) -> str:
        """The user's message that is answered."""
        return self.question.message_id

    async def play(self) -> None:
        """Plays the whole answer, or the part of it that comes before the client leaves."""
        try:
            for step in self.answer.steps:
                await self._play(step)
            await self._interrupt()
        except ClientLeftError:
            self.state = "cancelled"
        except asyncio.CancelledError:
            self.state = "cancelled"
            raise
        except BaseException:
            self.state = "failed"
            raise
        if self.state == "running":
            self.state = "finished"

    async def _play(self, step: Step) -> None:
        try:
            await step.play(self)
        except ConnectionError:
            self.client_left()

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Sends an event, after the interruption that was scripted for this place."""
        self.next_event = (name, data)
        await self._interrupt()
        self.next_event = None
        self.frames += 1
        self._record(name, data)
        try:
            await self.stream.send_event(name, data, self.wire_format)
        except ConnectionError:
            self.client_left()

    async def _interrupt(self) -> None:
        for step in self._interruptions.pop(self.frames, ()):
            await self._play(step)

    def _record(self, name: str, data: Mapping[str, Any]) -> None:
        if name == "error":
            self.state = "failed"
        elif name == "image_ready":
            self.chat.message(self.message_id).images.append(_stored_image(data))
        elif name == "llm_final" and self.answer.stores:
            self.store(str(data.get("content", "")))

    def store(self, content: str) -> None:
        """Stores the answer in the chat, once."""
        if self.stored is None:
            self.stored = self.chat.add("assistant", content)

    def client_left(self, policy: AfterDrop | None = None) -> None:
        """Ends the run by `ClientLeftError` if `policy`, or else the policy of the run, is ``cancel``."""
        if (policy or self.on_drop) == "cancel":
            raise ClientLeftError


def _stored_image(data: Mapping[str, Any]) -> dict[str, Any]:
    """An image as the history shows it with the question: named by its block, without the measures that the stream told."""
    shared = {"image_type": data.get("kind"), "description": data.get("block_id"), "url": data.get("url")}
    return {"id": new_id(), "file_id": new_id(), **shared, "width": None, "height": None}
