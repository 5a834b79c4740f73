"""Relays over a scripted server on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs

from aizoomdoc_client import Chat
from aizoomdoc_client.events import LLMToken
from aizoomdoc_client.protocol.answer_state import AnswerState
from aizoomdoc_client.relay import Relay, RelayedEvent, Viewer
from aizoomdoc_client.testing import Answer, Step
from tests.client_and_server import ClientAndServer, client_and_server, client_of

TEXT = "Высота этажа 3,3 м."
OWNER = "user-1"
STRANGER = "user-2"


@attrs.frozen
class Desk:
    """A relay, its server, and a chat."""

    pair: ClientAndServer
    relay: Relay
    chat: Chat

    async def ask(self, answer: Answer | list[Step] | None = None) -> str:
        """Asks what is answered by `answer`; the id of the stream."""
        if answer is not None:
            self.pair.server.script_answer(answer)
        return (await self.relay.ask(self.chat, "Какая высота?", owner=OWNER)).id

    def look(self, stream_id: str, after: int | str | None = None) -> Viewer:
        return self.relay.events(stream_id, owner=OWNER, after=after)

    @property
    def runs(self) -> tuple[int, int]:
        """How many messages were posted, and how often the model ran."""
        return len(self.pair.server.posts), len(self.pair.server.model_runs)


@asynccontextmanager
async def desk_of(**options: Any) -> AsyncIterator[Desk]:
    async with client_and_server() as pair, Relay(pair.client, **options) as relay:
        yield Desk(pair, relay, await pair.chat())


@asynccontextmanager
async def workers_of(*options: dict[str, Any]) -> AsyncIterator[list[Desk]]:
    """Several relays, as in the workers of a backend: each has a client of its own for the same server, with the same hooks."""
    async with client_and_server() as pair, AsyncExitStack() as stack:
        chat = await pair.chat()
        desks = list[Desk]()
        for each in options:
            client = await stack.enter_async_context(client_of(pair.server, hooks=each.get("hooks")))
            relay = await stack.enter_async_context(Relay(client, **({"finish_seconds": 0} | each)))
            desks.append(Desk(pair, relay, chat))
        yield desks


async def all_of(viewer: Viewer) -> list[RelayedEvent]:
    return [event async for event in viewer]


def text_of(events: list[RelayedEvent]) -> str:
    """What a page shows after the events."""
    state = AnswerState()
    state.fold(entry.event for entry in events)
    return state.text


async def until_text(viewer: Viewer) -> list[RelayedEvent]:
    """The events until the first text."""
    events = list[RelayedEvent]()
    while not events or not isinstance(events[-1].event, LLMToken):
        events.append(await anext(viewer))
    return events


def die(desk: Desk, stream_id: str) -> None:
    """Ends a worker's part in an answer as kill -9 does: nothing is said to anybody."""
    answer = desk.relay._answers[stream_id]
    assert answer.publisher is not None
    assert answer.reader is not None
    answer.publisher._released = True  # the library may take a cancellation for a lost connection
    answer.publisher._task.cancel()
    answer.reader.abandon()
