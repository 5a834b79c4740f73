"""A simulation as text: the schedule, the final chat, and the delivered events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import attrs

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, LLMToken, StreamResumed
from aizoomdoc_client.models import Message

from .invariants import Simulation, broken
from .model_server import BEGAN, ModelServer
from .question_record import QuestionRecord


def trace(simulation: Simulation) -> str:
    """The whole trace, with the violations at the end."""
    lines = [f"schedule: {_brief(simulation.schedule)}", *(f"  {line}" for line in _chat(simulation.server))]
    for record in simulation.records:
        lines += _question_lines(record)
    return "\n".join([*lines, *(f"BROKEN {complaint}" for complaint in broken(simulation))])


def _brief(value: Any) -> str:
    """A value without the fields that are at their defaults."""
    kind = cast("type[object]", type(value))
    if kind in {tuple, list}:
        return f"[{', '.join(map(_brief, value))}]"
    if not attrs.has(kind):
        return repr(round(value, 2) if isinstance(value, float) else value)
    fields = [field for field in attrs.fields(kind) if getattr(value, field.name) != field.default]
    return f"{kind.__name__}({', '.join(f'{field.name}={_brief(getattr(value, field.name))}' for field in fields)})"


def _chat(server: ModelServer) -> Iterator[str]:
    for message in server.messages[-20:]:
        moment = (message.created_at - BEGAN).total_seconds() if message.created_at else 0.0
        yield f"{moment:8.2f} s  {message.id} {message.role:9} {message.content!r}{_origin(server, message)}"


def _origin(server: ModelServer, message: Message) -> str:
    run = server.stored_by.get(message.id)
    if run is not None:
        return f"  (answers {run.question.id}, {_who(run.by)})"
    author = server.authors.get(message.id)
    return "" if author is None else f"  ({_who(author)})"


def _who(number: int) -> str:
    return f"our question {number}" if number >= 0 else "another client"


def _question_lines(record: QuestionRecord) -> Sequence[str]:
    ours = record.message.id if record.message else "unknown"
    end = f"{record.error!r}" if record.error else ", ".join(record.outcomes) or "no end"
    return [
        f"question {record.number} is {ours}, {len(record.runs_started)} runs, {len(record.looks)} looks: {end}",
        f"  {' '.join(map(_event, record.events))}",
    ]


def _event(event: AnswerEvent) -> str:
    match event:
        case LLMToken(token):
            return repr(token)
        case AnswerRestarted(keep, reason):
            return f"restarted({keep}, {reason})"
        case StreamResumed(source):
            return f"resumed({source})"
        case _:
            return event.event
