"""The reducer of events to the state of an answer; its cost is linear in the number of events, however many images or tools."""

from __future__ import annotations

from collections.abc import Iterable

from ..events import (
    AnswerRestarted,
    ErrorEvent,
    ImageReady,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseStarted,
    ProcessingStarted,
    QueuePosition,
    StreamEvent,
    StreamResumed,
    ToolCall,
)


def changes_text(event: StreamEvent) -> bool:
    """Whether folding `event` changes the text, or says that it was changed."""
    return isinstance(event, AnswerRestarted) or (isinstance(event, LLMToken) and bool(event.token))


class AnswerState:
    """The state of an answer after the events so far; `fold` applies the next ones."""

    def __init__(self) -> None:
        # Appending to lists is cheap; texts are joined, and tuples made, only when they are read after a change.
        self._text = list[str]()
        self._thinking = list[str]()
        self._images = dict[ImageReady, None]()
        self._tool_calls = list[ToolCall]()
        self._images_copy: tuple[ImageReady, ...] = ()
        self._tool_calls_copy: tuple[ToolCall, ...] = ()
        self.phase: PhaseStarted | None = None
        self.queue: QueuePosition | None = None
        self.model: str | None = None
        self.request_id: str | None = None
        self.reruns: int = 0
        self.restarts: int = 0
        self.final: LLMFinal | None = None
        self.error: ErrorEvent | None = None

    @property
    def text(self) -> str:
        """The text so far."""
        return _join(self._text)

    @property
    def thinking(self) -> str:
        """The model's thinking so far."""
        return _join(self._thinking)

    @property
    def images(self) -> tuple[ImageReady, ...]:
        """The different images so far, in the order in which they came."""
        if len(self._images_copy) != len(self._images):
            self._images_copy = tuple(self._images)
        return self._images_copy

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls of this run so far."""
        if len(self._tool_calls_copy) != len(self._tool_calls):
            self._tool_calls_copy = tuple(self._tool_calls)
        return self._tool_calls_copy

    def fold(self, events: Iterable[StreamEvent]) -> None:
        """Applies the next events."""
        for event in events:
            if isinstance(event, LLMToken):
                self._text.append(event.token)
                if event.model:
                    self.model = event.model
            elif isinstance(event, LLMThinking):
                self._think(event)
            elif isinstance(event, AnswerRestarted):
                self._restart(event)
            else:
                self._fold_rare(event)

    def _restart(self, event: AnswerRestarted) -> None:
        self._text = [self.text[: event.keep]]
        self.restarts += 1
        if event.reason == "snapshot":  # a relay sends all events of the answer so far again
            self._thinking, self._tool_calls, self._tool_calls_copy = [], [], ()
            self._images, self._images_copy = {}, ()

    def _fold_rare(self, event: StreamEvent) -> None:
        match event:
            case PhaseStarted():
                self.phase = event
            case QueuePosition():
                self.queue = event
            case ProcessingStarted():
                self.queue, self.request_id = None, event.request_id
            case ImageReady():
                self._images.setdefault(event)
            case ToolCall():
                self._tool_calls.append(event)
            case LLMFinal():
                self.final, self.model = event, event.model or self.model
                self._thinking = [event.thinking] if event.thinking else self._thinking
            case StreamResumed(source="rerun"):
                # The new run repeats its thinking and tool calls; images that it repeats are recognised as equal.
                self._thinking, self._tool_calls, self._tool_calls_copy = [], [], ()
                self.reruns += 1
            case ErrorEvent():
                self.error = event
            case _:
                pass

    def _think(self, event: LLMThinking) -> None:
        if event.accumulated is None:
            self._thinking.append(event.content)
        else:
            self._thinking = [event.accumulated]
        if event.model:
            self.model = event.model


def _join(pieces: list[str]) -> str:
    """The joined text of `pieces`, which then has that text as its only piece."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
