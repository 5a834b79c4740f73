"""Events in, an answer's text out, exactly once.

The draft follows `accumulated`, not the joined tokens: servers cut pieces inside escapes, start again in follow-up rounds, and
run a model anew after a drop. A text that extends the draft gives a delta; one that does not gives `answer_restarted`, which
says how much of the draft still holds, and the rest. `llm_final` decides. Whatever is given out, folded, is the draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ..events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    Draft,
    ErrorEvent,
    LLMFinal,
    LLMToken,
    RestartReason,
)
from ..exceptions import StreamInterruptedError
from . import delta_frames, event_codec, eventsource
from .eventsource import SSEFrame

Frame = bytes | SSEFrame
"""What a transport receives: a WebSocket's text frame, or one server-sent event."""
_NAMED = b"event: llm_token"


class Transcript:
    """One answer, out of however many frames, rounds and runs."""

    def __init__(self) -> None:
        self._draft = Draft()
        # Nothing is foretold while the run's text and the draft are not the same.
        self._last = delta_frames.FrameTemplate()
        self._unaccumulated = ""
        self._rerun = False
        self.final: LLMFinal | None = None
        self.error: ErrorEvent | None = None
        self.completed: bool = False

    @property
    def text(self) -> str:
        """The draft: what folding the events given out so far gives."""
        return self._draft.text()

    @property
    def ended(self) -> bool:
        """Whether the server said that nothing more comes."""
        return self.completed or self.error is not None

    def take(self, frames: Sequence[Frame], events: list[AnswerEvent]) -> None:
        """Adds to `events` what `frames`, all of one transport, give to the user, mostly one event each; nothing after the end.

        Raises `ProtocolError` at a frame that is not understood, and `StreamInterruptedError` at an end without a final text;
        what came before it stands in `events`.
        """
        reader, rest = _token_reader(frames)
        while rest:
            taken = reader.read(rest, self._last, self._draft, events)
            if taken < len(rest):
                events += self._surprised(frames[taken - len(rest)])
            rest = rest[taken + 1 :]

    def feed(self, frame: Frame) -> list[AnswerEvent]:
        """What `take` adds for one frame."""
        events = list[AnswerEvent]()
        self.take((frame,), events)
        return events

    def _surprised(self, frame: Frame) -> list[AnswerEvent]:
        """The slow way, which decodes all of a frame that was not foretold, and finds back to the fast one."""
        if self.ended:
            return []
        event = self._decoded(frame)
        events = self.accept(event) if event is not None else []
        if events and isinstance(events[-1], LLMToken):
            reader, [data] = _token_reader([frame])
            reader.foresee(data, self.text, self._last)
        return events

    def _decoded(self, frame: Frame) -> AnswerEvent | None:
        """All of a frame, decoded; None for one that says nothing. Overridden where tests hold the ways against one another."""
        reader, [data] = _token_reader([frame])
        return reader.decode(data) or decoded(frame)

    def accept(self, event: AnswerEvent) -> list[AnswerEvent]:
        """The events that `event` gives to the user; nothing after the end."""
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
            case Completed() if self.final is None:
                raise StreamInterruptedError("The server said that it was done, and had not sent the final text")
            case Completed():
                self.completed = True
                self._last.forget()
            case _:
                pass
        return [event]

    def adopt(self, content: str, message_id: str) -> list[AnswerEvent]:
        """The events that end the answer with a text found in the history."""
        events = self._on_final(LLMFinal(content, data={"content": content, "message_id": message_id}))
        self.completed = True
        return events

    def begin_rerun(self) -> None:
        """Another run of the model begins: of its text, what repeats the draft is not given out again."""
        self._rerun, self._unaccumulated = True, ""
        self._last.forget()

    def _on_token(self, event: LLMToken) -> list[AnswerEvent]:
        if self.final is not None:
            return []
        target, draft = _settled(self._accumulated(event)), self.text
        if self._rerun and target != draft and draft.startswith(target):
            return []
        reason: RestartReason = "rerun" if self._rerun else "new_round"
        self._rerun = False
        self._last.forget()
        return self._move_to(target, reason, event)

    def _on_final(self, event: LLMFinal) -> list[AnswerEvent]:
        self.final = event
        self._last.forget()
        missing = LLMToken("", event.model, synthetic=True)
        events = self._move_to(event.content, "final", missing) if event.content != self.text else []
        return [*events, event]

    def _move_to(self, target: str, reason: RestartReason, like: LLMToken) -> list[AnswerEvent]:
        """What turns the draft into `target`: a restart unless it extends the draft, then the missing piece, `like` another."""
        draft, events = self.text, list[AnswerEvent]()
        keep = len(draft) if target.startswith(draft) else _common_length(draft, target)
        if keep < len(draft):
            self._draft = Draft(draft[:keep])
            events.append(AnswerRestarted(keep, reason))
        events.append(like.cut(self._draft, target[keep:]))
        return events

    def _accumulated(self, event: LLMToken) -> str:
        """The run's whole text so far, put together here when the server does not repeat it."""
        if isinstance(event.data.get("accumulated"), str):
            self._unaccumulated = event.accumulated
        else:
            before = self.text if self._last.is_clear else self._unaccumulated  # the fast way keeps no account of its own
            self._unaccumulated = before + event.token
        return self._unaccumulated


def _token_reader(frames: Sequence[Frame]) -> tuple[delta_frames.DeltaFrameReader, Sequence[bytes]]:
    """What reads the tokens among frames of one transport, and their bytes as it reads them: none where there can be no token."""
    if frames and isinstance(frames[0], bytes):
        return delta_frames.WEBSOCKET, cast("Sequence[bytes]", frames)
    return delta_frames.EVENTSOURCE, [rest if name == _NAMED else b"" for name, rest in cast("Sequence[SSEFrame]", frames)]


def decoded(frame: Frame) -> AnswerEvent | None:
    """Any frame; None for a server-sent event without data."""
    if isinstance(frame, bytes):
        return event_codec.decode_envelope(frame)
    found = eventsource.fields(frame)
    return event_codec.decode_data(found[0].decode("utf-8", "replace"), found[1]) if found is not None else None


def _settled(text: str) -> str:
    """`text` without a last backslash: it may be half of an escape that the next event completes."""
    return text.removesuffix("\\")


def _common_length(one: str, other: str) -> int:
    """How many first characters two texts share."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
