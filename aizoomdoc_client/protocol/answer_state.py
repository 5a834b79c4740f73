"""The reducer of events to the state of an answer."""

from __future__ import annotations

from collections.abc import Iterable

from ..events import (
    AnswerEvent,
    AnswerRestarted,
    ErrorEvent,
    ImageReady,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseStarted,
    ProcessingStarted,
    QueuePosition,
    StreamResumed,
    ToolCall,
)


class AnswerState:
    """The state of an answer after the events so far; `fold` applies the next ones."""

    def __init__(self) -> None:
        self._pieces = list[str]()
        self.thinking: str = ""
        self.images: tuple[ImageReady, ...] = ()
        self.tool_calls: tuple[ToolCall, ...] = ()
        self.phase: PhaseStarted | None = None
        self.queue: QueuePosition | None = None
        self.model: str | None = None
        self.final: LLMFinal | None = None
        self.error: ErrorEvent | None = None

    @property
    def text(self) -> str:
        """The text so far."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def fold(self, events: Iterable[AnswerEvent]) -> None:
        """Applies the next events."""
        for event in events:
            if isinstance(event, LLMToken):
                self._pieces.append(event.token)
                if event.model:
                    self.model = event.model
            elif isinstance(event, AnswerRestarted):
                self._pieces = [self.text[: event.keep]]
            else:
                self._fold_rare(event)

    def _fold_rare(self, event: AnswerEvent) -> None:
        match event:
            case LLMThinking(content, accumulated):
                self.thinking = self.thinking + content if accumulated is None else accumulated
                self.model = event.model or self.model
            case PhaseStarted():
                self.phase = event
            case QueuePosition():
                self.queue = event
            case ProcessingStarted():
                self.queue = None
            case ImageReady():
                self.images += () if event in self.images else (event,)
            case ToolCall():
                self.tool_calls += (event,)
            case LLMFinal():
                self.final, self.model = event, event.model or self.model
                self.thinking = event.thinking or self.thinking
            case StreamResumed(source="rerun"):
                # The new run repeats its thinking and tool calls; images that it repeats are recognised as equal.
                self.thinking, self.tool_calls = "", ()
            case ErrorEvent():
                self.error = event
            case _:
                pass
