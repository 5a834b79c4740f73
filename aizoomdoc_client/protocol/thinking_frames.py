"""Fast decoding of `llm_thinking` frames, of which many servers send as many as tokens, one at a time."""

from __future__ import annotations

from typing import Any

import attrs

from ..events import LLMThinking
from .attempt_backoff import AttemptBackoff
from .frame_layout import THINKING, learn_template
from .frame_template import FrameTemplate


class ThinkingFrameReader:
    """Reads the `llm_thinking` frames of one answer, once their layout is learned."""

    def __init__(self) -> None:
        self._template: FrameTemplate | None = None
        self._said = ""
        self._is_typed = False  # whether the data has the typed fields only, so that it can be made when it is asked for
        self._backoff = AttemptBackoff()

    def read(self, frame: bytes) -> LLMThinking | None:
        """The event of a frame that is as predicted; None for another one."""
        template = self._template
        if template is None or (content := template.read(frame)) is None:
            return None
        if self._backoff.pause:
            self._backoff.succeeded()
        accumulated = None
        if template.text is not None:
            accumulated = self._said = self._said + content
        data = None if self._is_typed else self._data(template, content, accumulated)
        return LLMThinking.received(content, accumulated, template.model, data, frame[template.time_at])

    def learn(self, frame: bytes, event: LLMThinking) -> LLMThinking:
        """The event of a frame that was decoded whole; from that frame the next one is predicted.

        A server may leave out `content` beside `accumulated`: then it is what this adds to the one before.
        """
        before, self._said = self._said, event.accumulated or ""
        if event.data.get("content") is None:
            event = attrs.evolve(event, content=self._said.removeprefix(before), data=event.data)
        if self._template is None or not self._template.resume(frame, lambda: self._said):
            self._template = template = learn_template(THINKING, frame, lambda: self._said) if self._backoff.is_due() else None
            typed = {"content"} if event.accumulated is None else {"content", "accumulated"}
            self._is_typed = template is not None and set(template.sent) == typed
        return event

    @staticmethod
    def _data(template: FrameTemplate, content: str, accumulated: str | None) -> dict[str, Any]:
        return {**template.sent, "content": content, **({} if accumulated is None else {"accumulated": accumulated})}
