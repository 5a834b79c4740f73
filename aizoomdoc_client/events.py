"""What happens while an answer is made, as typed events.

The names and fields are the wire's; `answer_restarted` and `stream_resumed` are the client's own. Every event has
`event` (its name), `data` (the server's dictionary, unknown fields included) and `timestamp`; the typed fields beside them work
in ``match``::

    match event:
        case LLMToken(token):
            print(token, end="")
        case QueuePosition(position=position):
            print(f"{position} in the queue")

Events are frozen and hashable; two of them are equal when their names and typed fields are. `data` and `timestamp` are no part of
an event's value, and `data` is the decoded JSON itself, no copy: a change of it is seen wherever the event is used.

Folding `llm_token` (append) and `answer_restarted` (cut to `keep`) gives the answer's text at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

import attrs

from .answer_source import AnswerSource, Grounding, Notes
from .delta_json import thinking_as_json, token_as_json
from .draft import Draft
from .serializable import Serializable, as_json, plain, text_as_json, utc_text

RestartReason = Literal["new_round", "rerun", "final", "snapshot"]
"""Why a draft was cut: a follow-up round began, the model ran again after a drop, the final text differs from the draft, or
a relay moves a viewer forward, who gets all that makes up the answer so far."""


@attrs.frozen
class StreamEvent(Serializable):
    """What all events have in common; annotate with `AnswerEvent`, which also knows each event's name."""

    _data: dict[str, Any] | None = attrs.field(default=None, alias="data", kw_only=True, repr=False, eq=False)
    _timestamp: str | bytes | None = attrs.field(default=None, alias="timestamp", kw_only=True, repr=False, eq=False)

    @property
    def data(self) -> dict[str, Any]:
        """The event's data as the server sent it; for an event that the client made, its fields."""
        data = self._data
        if data is None:
            data = self._fields()
            object.__setattr__(self, "_data", data)  # made once; no part of the event's value
        return data

    @property
    def timestamp(self) -> datetime | None:
        """When the server sent the event, in UTC; None where it does not say (server-sent events carry no time)."""
        if not self._timestamp:
            return None
        try:
            moment = datetime.fromisoformat(self._timestamp.decode() if isinstance(self._timestamp, bytes) else self._timestamp)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):  # an offset can lead out of the calendar
            return None

    def to_dict(self, *, accumulated: bool = False) -> dict[str, Any]:
        """The event as a WebSocket frame has it: ``event``, ``data`` and ``timestamp``, an ISO 8601 text in UTC or None.

        `data` is the server's, unknown fields included, but for `accumulated`, which repeats the whole text in each event: it is
        there only if asked for.
        """
        moment = self.timestamp
        time = None if moment is None else utc_text(moment)
        return {"event": cast("AnswerEvent", self).event, "data": self._plain(accumulated=accumulated), "timestamp": time}

    def to_json(self, *, accumulated: bool = False) -> str:
        """What `to_dict` gives as JSON, in one line."""
        moment, data = self.timestamp, self._data_as_json(accumulated=accumulated)
        time = "null" if moment is None else f'"{utc_text(moment)}"'
        return f'{{"event":{text_as_json(cast("AnswerEvent", self).event)},"data":{data},"timestamp":{time}}}'

    def to_sse(self, *, accumulated: bool = False) -> str:
        """The event as one server-sent event, its blank line included, for a response of type ``text/event-stream``.

        It has name and data as `to_dict` gives them, and no time. A client that reads a stream of them gets this event again.
        """
        name = " ".join(cast("AnswerEvent", self).event.splitlines())  # a line break would end the field
        return f"event: {plain(name)}\ndata: {self._data_as_json(accumulated=accumulated)}\n\n"

    def _data_as_json(self, *, accumulated: bool) -> str:
        """The same as `_plain` in JSON; deltas, of which an answer has thousands, have a faster way for the usual fields."""
        written = None if self._data is not None else self._delta_as_json(accumulated=accumulated)
        return as_json(self._plain(accumulated=accumulated)) if written is None else written

    def _delta_as_json(self, *, accumulated: bool) -> str | None:  # noqa: ARG002 - most events are no deltas
        return None

    def _plain(self, *, accumulated: bool = False) -> dict[str, Any]:
        data = self._data
        if data is None:
            data = self._fields(accumulated=accumulated)
        return {name: plain(value) for name, value in data.items() if accumulated or name != "accumulated"}

    def _fields(self, *, accumulated: bool = True) -> dict[str, Any]:
        """The typed fields by their wire names, without those that are None; `accumulated`, which costs time, only if wanted."""
        del accumulated
        names = (field.name for field in attrs.fields(type(self)) if field.name[0] != "_" and field.name != "event")
        given = ((name, value) for name in names if (value := getattr(self, name)) is not None and value != ())
        return {name: plain(value) if name in {"sources", "notes"} else value for name, value in given}


@attrs.frozen
class QueuePosition(StreamEvent):
    """All slots are taken: `position` questions are to be answered first; sent every 2 s while waiting."""

    event: ClassVar[Literal["queue_position"]] = "queue_position"

    position: int
    estimated_wait_seconds: float | None = None
    active_requests: int | None = None
    queue_size: int | None = None


@attrs.frozen
class ProcessingStarted(StreamEvent):
    """The question left the queue."""

    event: ClassVar[Literal["processing_started"]] = "processing_started"

    request_id: str | None = None


@attrs.frozen
class PhaseStarted(StreamEvent):
    """A phase of the work began: search, processing, llm, flash_stage, tool_execution, pro_stage, zoom, or a newer one."""

    event: ClassVar[Literal["phase_started"]] = "phase_started"

    phase: str
    description: str = ""


@attrs.frozen
class PhaseProgress(StreamEvent):
    """How far a phase is: `progress` from 0 to 1."""

    event: ClassVar[Literal["phase_progress"]] = "phase_progress"

    phase: str
    progress: float = 0.0
    message: str = ""


class _Unfrozen(StreamEvent):
    """An event under construction: its slots can be assigned, and then its class is changed to the frozen one of the same slots.

    Assigning to a frozen instance, by ``object.__setattr__``, would take as long as everything else that an event costs.
    """

    __slots__ = ()
    if not TYPE_CHECKING:  # type checkers see the inherited methods, which are right for all but the construction
        # The interpreter creates and assigns directly only where none of these is written in Python.
        __init__ = object.__init__
        __setattr__ = object.__setattr__
        __delattr__ = object.__delattr__


class _UnfrozenLLMThinking(_Unfrozen):
    __slots__ = ("accumulated", "content", "model")


@attrs.frozen
class LLMThinking(_UnfrozenLLMThinking):
    """A piece of the model's thinking, and all of it so far where the server repeats it."""

    event: ClassVar[Literal["llm_thinking"]] = "llm_thinking"

    content: str
    accumulated: str | None = None
    model: str | None = None

    def _delta_as_json(self, *, accumulated: bool) -> str | None:
        return None if accumulated and self.accumulated is not None else thinking_as_json(self.content, self.model)

    @classmethod
    def received(
        cls, content: str, accumulated: str | None, model: str | None, data: dict[str, Any] | None, timestamp: str | bytes | None
    ) -> Self:
        """The same as ``LLMThinking(…)``, in half of the time."""
        made: Any = _UnfrozenLLMThinking()
        made.content, made.accumulated, made.model = content, accumulated, model
        made._data, made._timestamp = data, timestamp  # noqa: SLF001 - its own, in the making
        made.__class__ = cls
        event: Self = made
        return event


class _UnfrozenLLMToken(_Unfrozen):
    __slots__ = ("_draft", "_pieces", "_sent", "model", "synthetic", "token")


@attrs.frozen
class LLMToken(_UnfrozenLLMToken):
    """The next piece of the answer's text.

    `synthetic` is True for text that the server gave in another way (the final text of a server that sends no tokens, an answer
    found in the history) and that the client hands out as if it had been streamed.
    """

    event: ClassVar[Literal["llm_token"]] = "llm_token"

    token: str
    model: str | None = None
    synthetic: bool = False
    _draft: Draft = attrs.field(factory=Draft, alias="draft", kw_only=True, repr=False, eq=False)
    _pieces: int = attrs.field(default=0, alias="pieces", kw_only=True, repr=False, eq=False)
    _sent: Mapping[str, Any] | None = attrs.field(default=None, alias="sent", kw_only=True, repr=False, eq=False)

    @classmethod
    def series(
        cls,
        draft: Draft,
        tokens: Sequence[str],
        models: Iterable[str | None],
        timestamps: Iterable[str | bytes | None],
        sent: Iterable[Mapping[str, Any] | None],
    ) -> list[Self]:
        """The events of pieces that a server sent, which are appended to `draft`; in a third of the time of ``LLMToken(…)``.

        Nearly all events are made here. `sent` are the server's fields, with any text for `token` and `accumulated`.
        """
        series, pieces = list[Self](), len(draft.pieces)
        for token, model, timestamp, fields in zip(tokens, models, timestamps, sent):  # noqa: B905 - the others may be endless
            pieces += 1
            made: Any = _UnfrozenLLMToken()
            made.token, made.model, made.synthetic = token, model, False
            made._draft, made._pieces, made._sent = draft, pieces, fields  # noqa: SLF001 - its own, in the making
            made._data, made._timestamp = None, timestamp  # noqa: SLF001 - as above
            made.__class__ = cls
            series.append(made)
        draft.pieces += tokens
        return series

    @classmethod
    def received(cls, token: str, model: str | None, data: dict[str, Any], timestamp: str | None) -> Self:
        """A piece as a server sent it, which is in no draft yet."""
        return cls._made(token, model, _NO_DRAFT, 0, None, data, timestamp)

    def cut(self, draft: Draft, token: str) -> Self:
        """This event with another piece, which is appended to `draft`."""
        draft.pieces.append(token)
        pieces = len(draft.pieces)
        if self.synthetic:
            sent, timestamp = self._data, self._timestamp
            return type(self)(token, self.model, synthetic=True, draft=draft, pieces=pieces, sent=sent, timestamp=timestamp)
        return self._made(token, self.model, draft, pieces, self._data, None, self._timestamp)

    @classmethod
    def _made(  # noqa: PLR0917 - keywords would take a quarter of its time
        cls,
        token: str,
        model: str | None,
        draft: Draft,
        pieces: int,
        sent: Mapping[str, Any] | None,
        data: dict[str, Any] | None,
        timestamp: str | bytes | None,
    ) -> Self:
        """A single event as `series` makes them."""
        made: Any = _UnfrozenLLMToken()
        made.token, made.model, made.synthetic = token, model, False
        made._draft, made._pieces, made._sent = draft, pieces, sent  # noqa: SLF001 - its own, in the making
        made._data, made._timestamp = data, timestamp  # noqa: SLF001 - as above
        made.__class__ = cls
        event: Self = made
        return event

    @property
    def accumulated(self) -> str:
        """The text so far, this piece included; joined when it is asked for."""
        if self._pieces:
            return self._draft.text(self._pieces)
        said = (self._data or {}).get("accumulated")
        return said if isinstance(said, str) else self.token

    def _delta_as_json(self, *, accumulated: bool) -> str | None:
        return None if accumulated else token_as_json(self.token, self.model, self._sent, synthetic=self.synthetic)

    def _fields(self, *, accumulated: bool = True) -> dict[str, Any]:
        if self._sent is not None:
            so_far = {"accumulated": self.accumulated} if accumulated and "accumulated" in self._sent else {}
            return {**self._sent, "token": self.token, **so_far}
        so_far = {"accumulated": self.accumulated} if accumulated else {}
        model = {} if self.model is None else {"model": self.model}
        return {"token": self.token, **so_far, **model, **({"synthetic": True} if self.synthetic else {})}


_NO_DRAFT = Draft()
"""The draft of events that are in none."""


@attrs.frozen
class ToolCall(StreamEvent):
    """The model asked for more: `tool` is request_images, zoom, request_documents, or a newer one."""

    event: ClassVar[Literal["tool_call"]] = "tool_call"

    tool: str
    parameters: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)
    reason: str = ""


@attrs.frozen
class ImageReady(StreamEvent):
    """An image that the answer rests on; `width` and `height` in pixels. May repeat."""

    event: ClassVar[Literal["image_ready"]] = "image_ready"

    block_id: str
    kind: str = ""
    url: str = ""
    width: int | None = None
    height: int | None = None
    reason: str | None = None


@attrs.frozen
class LLMFinal(StreamEvent):
    """The whole answer as the server stores it, what it rests on, and what it could not, where the server tells."""

    event: ClassVar[Literal["llm_final"]] = "llm_final"

    content: str
    model: str | None = None
    thinking: str | None = None
    sources: tuple[AnswerSource, ...] = ()
    grounding: Grounding | None = None
    notes: Notes = ()


@attrs.frozen
class ErrorEvent(StreamEvent):
    """The answer failed; nothing of it is stored."""

    event: ClassVar[Literal["error"]] = "error"

    message: str


@attrs.frozen
class Completed(StreamEvent):
    """The server is done with the question."""

    event: ClassVar[Literal["completed"]] = "completed"

    message: str = ""


@attrs.frozen
class AnswerRestarted(StreamEvent):
    """The client's own: of the text so far only the first `keep` characters still hold; the rest is replaced by what follows."""

    event: ClassVar[Literal["answer_restarted"]] = "answer_restarted"

    keep: int
    reason: RestartReason


@attrs.frozen
class StreamResumed(StreamEvent):
    """The client's own: the stream broke off and continues; `source` says from where, `reason` why it broke off."""

    event: ClassVar[Literal["stream_resumed"]] = "stream_resumed"

    source: Literal["history", "rerun"]
    reason: str = ""


@attrs.frozen
class UnknownEvent(StreamEvent):
    """An event that this version does not know, with its data as the server sent it."""

    event: str


ServerEvent = (
    QueuePosition
    | ProcessingStarted
    | PhaseStarted
    | PhaseProgress
    | LLMThinking
    | LLMToken
    | ToolCall
    | ImageReady
    | LLMFinal
    | ErrorEvent
    | Completed
)
"""Any event of the wire. Decoding, exports and the check that the guides list all events follow from this union."""

AnswerEvent = ServerEvent | AnswerRestarted | StreamResumed | UnknownEvent
"""Any event that an answer can give."""
