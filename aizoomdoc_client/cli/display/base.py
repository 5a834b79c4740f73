"""What a display does, and what displays without drawing have in common."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

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
from .. import output
from ..language import Text


class Display(Protocol):
    """Shows one answer, as an async context manager; left by an exception, it keeps in sight what came until then."""

    def show(self, event: AnswerEvent) -> None:
        """Takes note of an event."""
        ...

    def finish(self) -> None:
        """The answer is complete."""
        ...

    async def __aenter__(self) -> Self:
        """Begins."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends."""
        ...


class Story:
    """The fold of an answer's events, and the lines that tell of its way."""

    def __init__(self) -> None:
        self.text: str = ""
        self.images: dict[str, ImageReady] = {}
        self._queue_position: int | None = None

    def fold(self, event: AnswerEvent) -> None:
        """Takes the event into the text and the images."""
        if isinstance(event, LLMToken):
            self.text += event.token
        elif isinstance(event, AnswerRestarted):
            self.text = self.text[: event.keep]
        elif isinstance(event, ImageReady):
            self.images[event.block_id] = event

    def line(self, event: AnswerEvent) -> str | None:
        """What is to be said of an event beside the text, if anything."""
        if isinstance(event, PhaseStarted):
            return f"→ {event.description or event.phase}"
        if isinstance(event, ToolCall):
            return f"→ {event.tool}" + (f": {event.reason}" if event.reason else "")
        if isinstance(event, StreamResumed):
            return f"↻ {_RESUMED[event.source]}"
        if isinstance(event, QueuePosition) and event.position != self._queue_position:
            self._queue_position = event.position
            return queue_line(event)
        return None

    def image_lines(self) -> list[str]:
        """The images that the answer rests on, a line each."""
        if not self.images:
            return []
        return [str(Text("Изображения:", "Images:")), *(f"  {_image_line(image)}" for image in self.images.values())]


_RESUMED = {
    "history": Text(
        "связь прервалась; ответ найден в истории чата", "the connection broke; the answer was found in the chat's history"
    ),
    "rerun": Text("связь прервалась; модель отвечает заново", "the connection broke; the model answers anew"),
}
RESTARTED = Text("Ответ начат заново:", "The answer begins anew:")
CHANGED = Text("Конец ответа изменился; верно то, что ниже:", "The end of the answer has changed; what follows holds:")


def queue_line(event: QueuePosition) -> str:
    """The place in the queue in words."""
    line = Text("в очереди: {position}", "in the queue: {position}").of(position=event.position)
    if event.estimated_wait_seconds:
        line += Text(", ещё около {seconds:.0f} с", ", about {seconds:.0f} s more").of(seconds=event.estimated_wait_seconds)
    return line


def thought(event: AnswerEvent) -> str | None:
    """The piece of the model's thinking in an event."""
    return event.content if isinstance(event, LLMThinking) else None


def _image_line(image: ImageReady) -> str:
    size = f" {image.width}×{image.height}" if image.width and image.height else ""
    return " ".join(part for part in (image.kind + size, image.reason or "", image.url or image.block_id) if part.strip())


class Undrawn:
    """A display of lines; those that are not the answer go to standard error if that is a terminal."""

    def __init__(self, *, show_thinking: bool = False) -> None:
        self.story: Story = Story()
        self.thinks_aloud: bool = show_thinking and sys.stderr.isatty()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.stdout.flush()

    def finish(self) -> None:
        """Tells of the images."""
        for line in self.story.image_lines():
            output.note(line)
