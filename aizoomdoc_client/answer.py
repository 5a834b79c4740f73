"""An answer, and its state while it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self

import attrs

from .answer_source import AnswerSource, Grounding, Notes
from .catalog import text
from .events import ImageReady, PhaseStarted, QueuePosition, ToolCall
from .exceptions import ConfigurationError, ProtocolError
from .models import Message
from .notebook import as_markdown
from .protocol.answer_state import AnswerState
from .protocol.codec import structure
from .protocol.saved_answer import answer_fields
from .protocol.transport_choice import Transport
from .serializable import Serializable, fields_as_plain

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    ParsedT_co = TypeVar("ParsedT_co", covariant=True, default=Any)
else:  # a default is of use to type checkers only; Python has it from 3.13
    from typing import TypeVar

    ParsedT_co = TypeVar("ParsedT_co", covariant=True)

__all__ = ["Answer", "Timings"]


@attrs.frozen(kw_only=True)
class Timings(Serializable):
    """When things happened, in seconds since the message was sent; None for what did not.

    `queued` is how many seconds the question spent in the server's queue, as its events tell; None if it never waited there.
    """

    posted: float
    first_event: float | None = None
    first_text: float | None = None
    total: float | None = None
    queued: float | None = None


@attrs.frozen(kw_only=True)
class Answer(Serializable, Generic[ParsedT_co]):
    """A complete answer.

    `text` is what the server stores; `message_id` is the id of the stored answer where the server sends it, `question` the
    message that was asked. `sources` are the places that the answer rests on, `grounding` says whether it rests on documents
    at all, and `notes` what could not be taken into account, as pages without text: all where the server sends them.

    `parsed` is what `ask` made of the text for a `schema`, else None: of an ``Answer[Room]`` it is a `Room`.

    What it took: `reruns`, how often the model had to run again after a lost stream, which costs as much as another question;
    `restarts`, how often text was taken back; `transport`, by which the last events came, None if the whole answer was found in
    the chat's history; `request_id`, the server's own name for the run, where it gives one.
    """

    text: str
    thinking: str = ""
    images: tuple[ImageReady, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    model: str | None = None
    sources: tuple[AnswerSource, ...] = ()
    grounding: Grounding | None = None
    notes: Notes = ()
    message_id: str | None = None
    question: Message
    timings: Timings
    reruns: int = 0
    restarts: int = 0
    transport: Transport | None = None
    request_id: str | None = None
    parsed: ParsedT_co = attrs.field(default=None, hash=False)

    def to_dict(self) -> dict[str, Any]:
        """All fields by their names as plain values; `parsed` as a dictionary of its fields."""
        return {**super().to_dict(), "parsed": fields_as_plain(self.parsed)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The answer that `to_dict` gave, also from JSON; fields that this version does not know are left out.

        `parsed` stays the plain values that `to_dict` makes of it. Raises `ConfigurationError` for what is no such answer.
        """
        fields = answer_fields(data, frozenset(field.name for field in attrs.fields(cls)))
        try:
            read: dict[str, Any] = {**fields, "timings": structure(fields["timings"], Timings)}
            return cls(**read)
        except (KeyError, TypeError, ProtocolError) as error:
            raise ConfigurationError(text("not_a_saved_answer", problem=str(error))) from None

    def __str__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        """The answer in a notebook: its text, which is Markdown, its sources, and its notes."""
        sources = dict.fromkeys(map(_source_line, self.sources))
        lists = ["\n".join(f"- {line}" for line in sources), "\n".join(f"*{as_markdown(note)}*  " for note in self.notes)]
        return "\n\n".join([self.text, *filter(None, lists)])


class AnswerView:
    """An answer's state as of the events handed out so far; it stays when the stream breaks off."""

    def __init__(self) -> None:
        self._folded = AnswerState()

    def __repr__(self) -> str:
        state = self._state
        end = ", failed" if state.error is not None else ", complete" if state.final is not None else ""
        return f"<{type(self).__name__}: {len(state.text)} characters{end}>"

    def __reduce__(self) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(f"{kind} cannot be copied or pickled: pass on its result(), or its message for `resume_answer`")

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
    def sources(self) -> tuple[AnswerSource, ...]:
        """The places that the answer rests on, where the server tells them; they come with the final text."""
        return () if self._state.final is None else self._state.final.sources

    @property
    def grounding(self) -> Grounding | None:
        """What the answer rests on, where the server tells; it comes with the final text."""
        return None if self._state.final is None else self._state.final.grounding

    @property
    def notes(self) -> tuple[str, ...]:
        """What the answer could not take into account, where the server tells; it comes with the final text."""
        return () if self._state.final is None else self._state.final.notes

    @property
    def reruns(self) -> int:
        """How often the model had to run again after a lost stream: each costs as much as another question."""
        return self._state.reruns

    @property
    def restarts(self) -> int:
        """How often text that had come was taken back, by an `answer_restarted` event."""
        return self._state.restarts

    @property
    def request_id(self) -> str | None:
        """The server's own name for the model's run, where it gives one: it finds the run in its logs."""
        return self._state.request_id

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


def _source_line(source: AnswerSource) -> str:
    """Document and page, as ``Plan.pdf, 12``."""
    document = as_markdown(source.document)
    return document if source.page is None else f"{document}, {source.page}"
