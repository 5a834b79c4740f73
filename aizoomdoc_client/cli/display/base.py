"""What all displays of an answer have in common: its state, and the lines that tell what happens beside its text."""

from __future__ import annotations

from gettext import gettext as _
from types import TracebackType
from typing import Self

from ...events import (
    AnswerEvent,
    AnswerRestarted,
    ImageReady,
    LLMThinking,
    LLMToken,
    PhaseStarted,
    QueuePosition,
    StreamResumed,
    ToolCall,
)
from ...protocol.answer_state import AnswerState
from ..language import N_, term

RESTARTED = N_("The answer begins anew:")
CHANGED = N_("The end of the answer has changed; what follows holds:")
_RESUMED = {
    "history": N_("the connection broke; the answer was found in the chat's history"),
    "rerun": N_("the connection broke; the model answers anew"),
}


class Display:
    """Shows one answer, as an async context manager; left by an exception, it keeps in sight what came until then.

    `show` takes the events, `finish` follows when the answer is complete. A subclass says what becomes of each kind of event.
    """

    def __init__(self, *, show_thinking: bool = False) -> None:
        self.state: AnswerState = AnswerState()
        self.show_thinking: bool = show_thinking

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def show(self, event: AnswerEvent) -> None:
        """Takes an event into the state, and shows what is to be seen of it."""
        queue = self.state.queue
        self.state.fold((event,))
        if isinstance(event, LLMToken):
            if event.token:
                self.add_text(event.token)
        elif isinstance(event, AnswerRestarted):
            self.restart(event.keep)
        elif isinstance(event, LLMThinking):
            if self.show_thinking:
                self.add_thinking(event.content)
        elif isinstance(event, QueuePosition):
            if queue is None or queue.position != event.position:
                self.add_queue(queue_line(event))
        elif (line := _line(event)) is not None:
            self.add_note(line)

    def finish(self) -> None:
        """The answer is complete."""

    def add_text(self, delta: str) -> None:
        """More text, which `state` has already."""

    def restart(self, keep: int) -> None:
        """Only the first `keep` characters of the text until now still hold."""

    def add_thinking(self, delta: str) -> None:
        """More of the model's thinking; called only if it is to be shown."""

    def add_note(self, line: str) -> None:
        """A line about what the server does."""

    def add_queue(self, line: str) -> None:
        """A line about the place in the queue, when it changes."""
        self.add_note(line)

    def image_lines(self) -> list[str]:
        """The images that the answer rests on, a line each."""
        if not self.state.images:
            return []
        return [_("Images:"), *(f"  {_image_line(image)}" for image in self.state.images)]


def queue_line(event: QueuePosition) -> str:
    """The place in the queue in words."""
    line = _("in the queue: {position}").format(position=event.position)
    if event.estimated_wait_seconds:
        line += _(", about {seconds:.0f} s more").format(seconds=event.estimated_wait_seconds)
    return line


def _line(event: AnswerEvent) -> str | None:
    if isinstance(event, PhaseStarted):
        return f"→ {event.description or term(event.phase)}"
    if isinstance(event, ToolCall):
        return f"→ {term(event.tool)}" + (f": {event.reason}" if event.reason else "")
    if isinstance(event, StreamResumed):
        return f"↻ {_(_RESUMED[event.source])}"
    return None


def _image_line(image: ImageReady) -> str:
    size = f" {image.width}×{image.height}" if image.width and image.height else ""
    return " ".join(part for part in (term(image.kind) + size, image.reason or "", image.url or image.block_id) if part.strip())
