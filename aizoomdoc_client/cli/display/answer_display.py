"""The base of displays: the state of an answer, and lines about events other than its text."""

from __future__ import annotations

from ...events import AnswerEvent, ImageReady, PhaseStarted, QueuePosition, StreamResumed, ToolCall
from ...protocol.answer_state import AnswerState
from ..language import N_, _, term

RESTARTED = N_("The answer begins anew:")
_RESUMED = {
    "history": N_("the connection broke; the answer was found in the chat's history"),
    "rerun": N_("the connection broke; the model answers anew"),
}


class Display:
    """Shows one answer between `start` and `stop`: `show` takes its events, `finish` follows when it is complete.

    When it is stopped earlier, the answer so far stays visible.
    """

    def __init__(self, *, show_thinking: bool = False) -> None:
        self.state: AnswerState = AnswerState()
        self.show_thinking: bool = show_thinking

    def start(self) -> None:
        """Begins."""

    def show(self, event: AnswerEvent) -> None:
        """Adds an event to the state, and draws it."""
        line = _line(event, self.state.queue)
        self.state.fold((event,))
        self.draw(event, line)

    def draw(self, event: AnswerEvent, line: str | None) -> None:
        """Draws an event that is in the state already; `line` is a text about an event other than of the answer's text."""

    def finish(self) -> None:
        """Completes the text, and lists the images."""

    def stop(self) -> None:
        """Ends."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The answer's notes, once it is final."""
        return () if self.state.final is None else self.state.final.notes

    def image_lines(self) -> list[str]:
        """The images that the answer rests on, a line each."""
        images = self.state.images
        return [_("Images:"), *(f"  {_image_line(image)}" for image in images)] if images else []


def queue_line(event: QueuePosition) -> str:
    """A text about the position in the queue."""
    line = _("in the queue: {position}").format(position=event.position)
    if event.estimated_wait_seconds:
        line += _(", about {seconds:.0f} s more").format(seconds=event.estimated_wait_seconds)
    return line


def _line(event: AnswerEvent, queue: QueuePosition | None) -> str | None:
    match event:
        case PhaseStarted():
            return f"→ {event.description or term(event.phase)}"
        case ToolCall():
            return f"→ {term(event.tool)}" + (f": {event.reason}" if event.reason else "")
        case StreamResumed():
            return f"↻ {_(_RESUMED[event.source])}"
        case QueuePosition() if queue is None or queue.position != event.position:
            return queue_line(event)
        case _:
            return None


def _image_line(image: ImageReady) -> str:
    size = f" {image.width}×{image.height}" if image.width and image.height else ""
    return " ".join(part for part in (term(image.kind) + size, image.reason or "", image.url or image.block_id) if part.strip())
