"""A game as text: the schedule, the chat as it was in the end, and what the consumer was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import attrs

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, LLMToken, StreamResumed
from aizoomdoc_client.models import Message

from .invariants import Game, broken
from .told import Told
from .world import BEGAN, World


def trace(game: Game) -> str:
    """All of it, a line each."""
    lines = [f"schedule: {_brief(game.schedule)}", *(f"  {line}" for line in _chat(game.world))]
    for told in game.tolds:
        lines += _run_and_notify(told)
    return "\n".join([*lines, *(f"BROKEN {complaint}" for complaint in broken(game))])


def _brief(value: Any) -> str:
    """A value without the fields that are at their defaults."""
    kind = cast("type[object]", type(value))
    if kind in {tuple, list}:
        return f"[{', '.join(map(_brief, value))}]"
    if not attrs.has(kind):
        return repr(round(value, 2) if isinstance(value, float) else value)
    fields = [field for field in attrs.fields(kind) if getattr(value, field.name) != field.default]
    return f"{kind.__name__}({', '.join(f'{field.name}={_brief(getattr(value, field.name))}' for field in fields)})"


def _chat(world: World) -> Iterator[str]:
    for message in world.messages[-20:]:
        moment = (message.created_at - BEGAN).total_seconds() if message.created_at else 0.0
        yield f"{moment:8.2f} s  {message.id} {message.role:9} {message.content!r}{_origin(world, message)}"


def _origin(world: World, message: Message) -> str:
    run = world.stored_by.get(message.id)
    if run is not None:
        return f"  (answers {run.question.id}, {_who(run.by)})"
    author = world.authors.get(message.id)
    return "" if author is None else f"  ({_who(author)})"


def _who(number: int) -> str:
    return f"our question {number}" if number >= 0 else "another client"


def _run_and_notify(told: Told) -> Sequence[str]:
    ours = told.message.id if told.message else "unknown"
    end = f"{told.error!r}" if told.error else ", ".join(told.outcomes) or "no end"
    return [
        f"question {told.number} is {ours}, {len(told.runs_began)} runs, {len(told.looks)} looks: {end}",
        f"  {' '.join(map(_event, told.events))}",
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
