"""An answer, and its state while it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .events import ImageReady, PhaseStarted, QueuePosition, ToolCall
from .models import Message
from .protocol.answer_state import AnswerState

if TYPE_CHECKING:
    pass

__all__ = ["Answer", "Timings"]


@attrs.frozen(kw_only=True)
class Timings:
    """When things happened, in seconds since the message was sent; None for what did not."""

    posted: float
    first_event: float | None = None
    first_text: float | None = None
    total: float | None = None


@attrs.frozen(kw_only=True)
class Answer:
    """A complete answer.

    `text` is what the server stores; `message_id` is the id of the stored answer where the server tells it, `question` the
    message that was asked.
    """

    text: str
    thinking: str = ""
    images: tuple[ImageReady, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    model: str | None = None
    message_id: str | None = None
    question: Message
    timings: Timings

    def __str__(self) -> str:
        return self.text


class AnswerView:
    """An answer's state as of the events handed out so far; it stays when the stream breaks off."""

    def __init__(self) -> None:
        self._folded = AnswerState()

    @property
    def _state(self) -> AnswerState:
        return self._folded

    @property
    def text(self) -> str:
        """The text so far; at the end, what the server stores."""
        return self._state.text

    @property
    def thinking(self) -> str:
        """The model's thinking so far."""
        return self._state.thinking

    @property
    def images(self) -> tuple[ImageReady, ...]:
        """The images that the answer rests on, in the order in which they came."""
        return self._state.images

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """What the model asked for."""
        return self._state.tool_calls

    @property
    def phase(self) -> PhaseStarted | None:
        """The phase that began last."""
        return self._state.phase

    @property
    def queue(self) -> QueuePosition | None:
        """The place in the queue; None when not waiting."""
        return self._state.queue

    @property
    def model(self) -> str | None:
        """The model that answers, where the server tells."""
        return self._state.model
