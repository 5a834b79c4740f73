"""Model runs: an answer's steps played before a client that may leave."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from .answers import Answer, Question
from .steps import AfterDrop, Channel, Step, Transport
from .store import StoredChat, StoredMessage, new_id
from .wireformat import WireFormat

RunState = Literal["running", "finished", "failed", "cancelled"]


class DesertedError(Exception):
    """Nobody listens any more, and the run is one that then stops."""


@attrs.define(eq=False, kw_only=True)
class ModelRun:
    """One run of the model: which question, how far it came and what it stored.

    `state` is ``failed`` after an `error` event, ``cancelled`` when the run stopped because the client had left. `frames` counts
    the events of the script, whether or not anybody heard them.
    """

    question: Question
    answer: Answer = attrs.field(repr=False)
    chat: StoredChat = attrs.field(repr=False)
    channel: Channel = attrs.field(repr=False)
    on_drop: AfterDrop = "cancel"
    wire_format: WireFormat = attrs.field(factory=WireFormat, repr=False)
    state: RunState = "running"
    frames: int = 0
    stored: StoredMessage | None = attrs.field(default=None, repr=False)
    coming: tuple[str, Mapping[str, Any]] | None = attrs.field(default=None, init=False, repr=False)
    _interruptions: dict[int, tuple[Step, ...]] = attrs.field(init=False, repr=False)
    _images: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]], init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._interruptions = dict(self.answer.interruptions)

    @property
    def transport(self) -> Transport:
        """How the client listens."""
        return self.channel.transport

    @property
    def chat_id(self) -> str:
        """The chat of the question."""
        return self.question.chat_id

    @property
    def message_id(self) -> str:
        """The user's message that is answered."""
        return self.question.message_id

    async def play(self) -> None:
        """Plays the whole answer, or as much of it as the client's leaving allows."""
        try:
            for step in self.answer.steps:
                await self._play(step)
            await self._interrupt()
        except DesertedError:
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
            self.deserted()

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Sends an event, after the interruption that was scripted for this place."""
        self.coming = (name, data)
        await self._interrupt()
        self.coming = None
        self.frames += 1
        self._note(name, data)
        try:
            await self.channel.event(name, data, self.wire_format)
        except ConnectionError:
            self.deserted()

    async def _interrupt(self) -> None:
        for step in self._interruptions.pop(self.frames, ()):
            await self._play(step)

    def _note(self, name: str, data: Mapping[str, Any]) -> None:
        if name == "error":
            self.state = "failed"
        elif name == "image_ready":
            self._images.append(_stored_image(data))
        elif name == "llm_final" and self.answer.stores:
            self.store(str(data.get("content", "")))

    def store(self, content: str) -> None:
        """Stores the answer in the chat, once."""
        if self.stored is None:
            self.stored = self.chat.add("assistant", content, images=self._images)

    def deserted(self, policy: AfterDrop | None = None) -> None:
        """The client is gone."""
        if (policy or self.on_drop) == "cancel":
            raise DesertedError


def _stored_image(data: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: data.get(name) for name in ("width", "height", "url")}
    return {"id": new_id(), "file_id": None, "image_type": data.get("kind"), "description": data.get("reason"), **kept}
