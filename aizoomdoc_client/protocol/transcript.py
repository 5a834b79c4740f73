"""Frames to events, such that the answer's text is delivered exactly once.

The draft follows `accumulated`, not the joined deltas: servers cut deltas inside escapes, start again in follow-up rounds, and
run the model again after a drop. A text that extends the draft gives a delta; any other gives `answer_restarted`, which says how
much of the draft remains, and then the rest. `llm_final` has the last word. Folding all events gives the draft at every moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import attrs

from ..catalog import text
from ..draft import Draft
from ..events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    ErrorEvent,
    LLMFinal,
    LLMToken,
    ProcessingStarted,
    RestartReason,
)
from ..exceptions import StreamInterruptedError
from ..models import Message
from . import delta_frames, event_codec, eventsource
from .eventsource import SSEFrame

Frame = bytes | SSEFrame
"""What a transport receives: a WebSocket's text frame, or one server-sent event."""
_NAMED = b"event: llm_token"


class Transcript:
    """The text and events of one answer, whatever the number of frames, rounds and runs."""

    def __init__(self) -> None:
        self._draft = Draft()
        # Unknown while the run's text and the draft differ.
        self._last = delta_frames.FrameTemplate()
        self._unaccumulated = ""
        self._rerun = False
        self.final: LLMFinal | None = None
        self.error: ErrorEvent | None = None
        self.completed: bool = False
        self.request_id: str | None = None

    @property
    def text(self) -> str:
        """The draft: the fold of all events so far."""
        return self._draft.text()

    @property
    def ended(self) -> bool:
        """Whether the server said that nothing more comes."""
        return self.completed or self.error is not None

    def take(self, frames: Sequence[Frame], events: list[AnswerEvent]) -> None:
        """Appends the events of `frames`, which all came by one transport, to `events`: mostly one each, none after the end.

        Raises `ProtocolError` at a frame that cannot be decoded, and `StreamInterruptedError` at an end without a final text; the
        events of the frames before it have been appended.
        """
        reader, rest = _token_reader(frames)
        while rest:
            taken = reader.read(rest, self._last, self._draft, events)
            if taken < len(rest):
                events += self._decode_whole(frames[taken - len(rest)])
            rest = rest[taken + 1 :]

    def feed(self, frame: Frame) -> list[AnswerEvent]:
        """The events that `take` appends for one frame."""
        events = list[AnswerEvent]()
        self.take((frame,), events)
        return events

    def _decode_whole(self, frame: Frame) -> list[AnswerEvent]:
        """The events of a frame that does not match the template: decodes it whole, and learns a new template from it."""
        if self.ended:
            return []
        event = self._decoded(frame)
        events = self.accept(event) if event is not None else []
        if events and isinstance(events[-1], LLMToken):
            reader, [data] = _token_reader([frame])
            reader.learn_from(data, self.text, self._last)
        return events

    def _decoded(self, frame: Frame) -> AnswerEvent | None:
        """The event of a whole frame; None for one without data. Overridden in tests that compare both decoders."""
        reader, [data] = _token_reader([frame])
        return reader.decode(data) or decoded(frame)

    def accept(self, event: AnswerEvent) -> list[AnswerEvent]:
        """The events for the user that `event` gives; none after the end."""
        if self.ended:
            return []
        match event:
            case LLMToken():
                return self._on_token(event)
            case LLMFinal():
                return self._on_final(event)
            case ErrorEvent():
                self.error = event
                self._last.forget()
            case AnswerRestarted():
                return self._on_relayed_restart(event)
            case ProcessingStarted():
                self.request_id = event.request_id
            case Completed() if self.final is None:
                raise StreamInterruptedError(text("completed_without_answer"))
            case Completed():
                self.completed = True
                self._last.forget()
            case _:
                pass
        return [event]

    def adopt(self, message: Message) -> list[AnswerEvent]:
        """The events that end the answer with a message found in the history."""
        final = LLMFinal(message.content, sources=message.sources, grounding=message.grounding)
        events = self._on_final(attrs.evolve(final, data={**final.data, "message_id": message.id}))
        self.completed = True
        return events

    def begin_rerun(self) -> None:
        """Begins another run of the model; the part of its text that repeats the draft is not delivered again."""
        self._rerun, self._unaccumulated = True, ""
        self._last.forget()

    def _on_token(self, event: LLMToken) -> list[AnswerEvent]:
        if self.final is not None:
            return []
        target, draft = _without_half_escape(self._accumulated(event)), self.text
        if self._rerun and target != draft and draft.startswith(target):
            return []
        reason: RestartReason = "rerun" if self._rerun else "new_round"
        self._rerun = False
        self._last.forget()
        return self._move_to(target, reason, event)

    def _on_relayed_restart(self, event: AnswerRestarted) -> list[AnswerEvent]:
        """None: a server that passes on the events of its client says how much holds, the next text what has to be taken back."""
        so_far = self.text if self._last.is_known else self._unaccumulated
        self._unaccumulated = so_far[: max(event.keep, 0)]
        self._last.forget()
        return []

    def _on_final(self, event: LLMFinal) -> list[AnswerEvent]:
        self.final = event
        self._last.forget()
        missing = LLMToken("", event.model, synthetic=True)
        events = self._move_to(event.content, "final", missing) if event.content != self.text else []
        return [*events, event]

    def _move_to(self, target: str, reason: RestartReason, like: LLMToken) -> list[AnswerEvent]:
        """The events that turn the draft into `target`: a restart unless it extends the draft, then the missing text."""
        draft, events = self.text, list[AnswerEvent]()
        keep = len(draft) if target.startswith(draft) else _common_length(draft, target)
        if keep < len(draft):
            self._draft = Draft(draft[:keep])
            events.append(AnswerRestarted(keep, reason))
        events.append(like.cut(self._draft, target[keep:]))
        return events

    def _accumulated(self, event: LLMToken) -> str:
        """The run's whole text so far; joined here when the server does not send it."""
        if isinstance(event.data.get("accumulated"), str):
            self._unaccumulated = event.accumulated
        else:
            before = self.text if self._last.is_known else self._unaccumulated  # frames that match the template do not update it
            self._unaccumulated = before + event.token
        return self._unaccumulated


def _token_reader(frames: Sequence[Frame]) -> tuple[delta_frames.DeltaFrameReader, Sequence[bytes]]:
    """The `llm_token` reader of this transport, and the frames' bytes as it takes them; empty bytes for other events."""
    if frames and isinstance(frames[0], bytes):
        return delta_frames.WEBSOCKET, cast("Sequence[bytes]", frames)
    return delta_frames.EVENTSOURCE, [rest if name == _NAMED else b"" for name, rest in cast("Sequence[SSEFrame]", frames)]


def decoded(frame: Frame) -> AnswerEvent | None:
    """The event of any frame; None for a server-sent event without data."""
    if isinstance(frame, bytes):
        return event_codec.decode_envelope(frame)
    found = eventsource.fields(frame)
    return event_codec.decode_data(found[0].decode("utf-8", "replace"), found[1]) if found is not None else None


def _without_half_escape(target: str) -> str:
    """`target` without a trailing backslash, which may be half of an escape that the next event completes."""
    return target.removesuffix("\\")


def _common_length(one: str, other: str) -> int:
    """The length of the longest common prefix."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
