"""Frames to events, such that the answer's text is delivered exactly once.

The draft follows `accumulated`, not the joined deltas: servers cut deltas inside escapes, start again in follow-up rounds, and
run the model again after a drop. A text that extends the draft gives a delta; any other gives `answer_restarted`, which says how
much of the draft remains, and then the rest. `llm_final` has the last word. Folding all events gives the draft at every moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import attrs

from ..catalog import text
from ..credentials import without_secrets
from ..draft import Draft
from ..events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    ErrorEvent,
    LLMFinal,
    LLMThinking,
    LLMToken,
    ProcessingStarted,
    RestartReason,
)
from ..exceptions import ProtocolError, StreamInterruptedError
from ..models import Message
from . import event_codec, eventsource, plain_deltas
from .delta_frames import DeltaFrameReader, TextlessDecoder
from .eventsource import SSEFrame
from .repeated_text import FrameParser
from .run_text import Change, RunText, change
from .thinking_frames import ThinkingFrameReader

Frame = bytes | SSEFrame
"""What a transport receives: a WebSocket's text frame, or one server-sent event."""
_TOKEN, _THINKING = b"event: llm_token", b"event: llm_thinking"
_NAMES = {b"event: " + name.encode(): name for name in event_codec.EVENT_TYPES}
"""Event names by the first lines that servers usually write."""


class Transcript:
    """The text and events of one answer, whatever the number of frames, rounds and runs."""

    def __init__(self) -> None:
        self._run = RunText()
        # Predicts frames while the run's text is the draft.
        self._deltas = DeltaFrameReader()
        self._thinking = ThinkingFrameReader()
        self._parser = FrameParser()
        self._rerun = False
        self.final: LLMFinal | None = None
        self.error: ErrorEvent | None = None
        self.completed: bool = False
        self.request_id: str | None = None

    @property
    def text(self) -> str:
        """The draft: the fold of all events so far."""
        return self._run.draft.text()

    @property
    def ended(self) -> bool:
        """Whether the server said that nothing more comes."""
        return self.completed or self.error is not None

    def take(self, frames: Sequence[Frame], events: list[AnswerEvent]) -> None:
        """Appends the events of `frames`, which all came by one transport, to `events`: mostly one each, none after the end.

        Raises `ProtocolError` at a frame that cannot be decoded, and `StreamInterruptedError` at an end without a final text; the
        events of the frames before it have been appended.
        """
        tokens, at = _bare(frames, _TOKEN), 0
        while at < len(frames):
            start = at
            if self._deltas.is_ready:
                decode_thinking, decode_textless = self._thinking_decoder(frames, start), self._textless_decoder(frames, start)
                at += self._deltas.read(
                    tokens[start:], self._run, events, decode_thinking=decode_thinking, decode_textless=decode_textless
                )
            elif self._deltas.pause and self.final is None and not self.ended:
                some, decode_textless = tokens[start : start + self._deltas.pause], self._textless_decoder(frames, start)
                at += plain_deltas.read(some, self._parser.parse, self._run, events, decode_textless)
                self._deltas.skip(at - start)
            if at < len(frames):
                events += self._decode_whole(frames[at], tokens[at])
            at += 1

    def feed(self, frame: Frame) -> list[AnswerEvent]:
        """The events that `take` appends for one frame."""
        events = list[AnswerEvent]()
        self.take((frame,), events)
        return events

    def _decode_whole(self, frame: Frame, token: bytes) -> list[AnswerEvent]:
        """The events of any frame; `token` is the same frame as `DeltaFrameReader` takes it, empty where it is no token's."""
        if self.ended:
            return []
        bare = _thinking(frame)
        thinking = self._thinking.read(bare)
        if thinking is not None:
            return [thinking]
        received = self._parse(frame)
        if received is None:
            return []
        event = event_codec.decode_event(*received)
        if isinstance(event, LLMThinking):
            return [self._thinking.learn(bare, event)]
        events = self.accept(event)
        if events and isinstance(event, LLMToken):
            self._deltas.learn(token, self._run)
        return events

    def _thinking_decoder(self, frames: Sequence[Any], start: int) -> TextlessDecoder:
        """Decodes the thinking between tokens, once its frames can be predicted."""
        read = self._thinking.read

        def of_websocket(number: int) -> AnswerEvent | None:
            return read(frames[start + number])

        def of_eventsource(number: int) -> AnswerEvent | None:
            name, data = frames[start + number]
            return read(data) if name == _THINKING else None

        return of_websocket if isinstance(frames[start], bytes) else of_eventsource

    def _textless_decoder(self, frames: Sequence[Frame], start: int) -> TextlessDecoder:
        """Decodes frames between tokens that leave the text unchanged."""

        def decode(number: int) -> AnswerEvent | None:
            frame = frames[start + number]
            bare = _thinking(frame)
            return self._thinking.read(bare) or self._decode_textless(frame, bare)

        return decode

    def _decode_textless(self, frame: Frame, bare: bytes) -> AnswerEvent | None:
        try:
            received = self._parse(frame)
        except ProtocolError:
            return None
        event = None if received is None else event_codec.decode_textless(*received)
        return self._thinking.learn(bare, event) if isinstance(event, LLMThinking) else event

    def _parse(self, frame: Frame) -> event_codec.RawEvent | None:
        """As `parse_raw`. Overridden in tests that compare the ways of decoding."""
        return parse_raw(frame, self._parser.parse)

    def accept(self, event: AnswerEvent) -> list[AnswerEvent]:
        """The events for the user that follow from `event`; none after the end."""
        if self.ended:
            return []
        match event:
            case LLMToken():
                return self._on_token(event)
            case LLMFinal():
                return self._on_final(event)
            case ErrorEvent():
                self.error = event
                self._deltas.forget()
            case AnswerRestarted():
                return self._on_relayed_restart(event)
            case ProcessingStarted():
                self.request_id = event.request_id and without_secrets(event.request_id)
            case Completed() if self.final is None:
                raise StreamInterruptedError(text("completed_without_answer"))
            case Completed():
                self.completed = True
                self._deltas.forget()
            case _:
                pass
        return [event]

    def adopt(self, message: Message) -> list[AnswerEvent]:
        """The events that end the answer with a message found in the history."""
        final = LLMFinal(message.content, sources=message.sources, grounding=message.grounding, notes=message.notes)
        events = self._on_final(attrs.evolve(final, data={**final.data, "message_id": message.id}))
        self.completed = True
        return events

    def begin_rerun(self) -> None:
        """Begins another run of the model; the part of its text that repeats the draft is not delivered again."""
        self._rerun = True
        self._run.begin_again()
        self._deltas.forget()

    def _on_token(self, event: LLMToken) -> list[AnswerEvent]:
        if self.final is not None:
            return []
        accumulated = event.data.get("accumulated")
        if not isinstance(accumulated, str):
            accumulated = None
        delta = self._run.follow(event.token, accumulated)
        if delta is not None:
            return [event.cut(self._run.draft, delta)]
        found = self._run.move(event.token, accumulated, may_repeat=self._rerun)
        if found is None:
            return []
        reason: RestartReason = "rerun" if self._rerun else "new_round"
        self._rerun = False
        return self._move(found, reason, event)

    def _on_relayed_restart(self, event: AnswerRestarted) -> list[AnswerEvent]:
        """No events: the relay's restart says how much of the run's text holds, the next text how much of the draft does."""
        self._run.take_back(max(event.keep, 0))
        self._deltas.forget()
        return []

    def _on_final(self, event: LLMFinal) -> list[AnswerEvent]:
        self.final = event
        self._deltas.forget()
        missing = LLMToken("", event.model, synthetic=True)
        events = self._move(change(self.text, event.content), "final", missing) if event.content != self.text else []
        return [*events, event]

    def _move(self, to: Change, reason: RestartReason, like: LLMToken) -> list[AnswerEvent]:
        """The events that change the draft: a restart where only a part of it holds, then the delta."""
        events = list[AnswerEvent]()
        if to.keep is not None:
            self._run.draft = Draft(self.text[: to.keep])
            events.append(AnswerRestarted(to.keep, reason))
        return [*events, like.cut(self._run.draft, to.delta)]


def _bare(frames: Sequence[Frame], name: bytes) -> Sequence[bytes]:
    """The frames as the reader of one kind of event takes them: those of a WebSocket whole, and of server-sent events the data.

    Empty for a server-sent event whose first line is not `name`.
    """
    if frames and isinstance(frames[0], bytes):
        return cast("Sequence[bytes]", frames)
    return [rest if first == name else b"" for first, rest in cast("Sequence[SSEFrame]", frames)]


def _thinking(frame: Frame) -> bytes:
    """One frame as `_bare` gives it for thinking."""
    return frame if isinstance(frame, bytes) else frame[1] if frame[0] == _THINKING else b""


def parse_raw(frame: Frame, parse: Callable[[bytes], Any]) -> event_codec.RawEvent | None:
    """The raw event of a frame of either transport; None for a server-sent event without data."""
    if isinstance(frame, bytes):
        return event_codec.parse_envelope(frame, parse)
    first, data = frame
    name = _NAMES.get(first)
    if name is not None and data[:6] == b"data: " and b"\n" not in data:  # as servers write them
        return name, parse(data[6:]), None
    found = eventsource.fields(frame)
    return event_codec.parse_sse(found[0].decode("utf-8", "replace"), found[1], parse) if found is not None else None
