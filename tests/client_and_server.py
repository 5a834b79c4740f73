"""A scripted server and a client connected to it, the setup of most tests of the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import attrs
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, Chat, MemoryTokenStore
from aizoomdoc_client.events import AnswerEvent, LLMToken
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior

both_transports = pytest.mark.parametrize(
    ("behavior", "transport"), [(ServerBehavior.CONTRACT, "websocket"), (ServerBehavior.PRODUCTION, "sse")]
)
"""A test with a server of each kind, and the transport by which its answers come."""


@attrs.frozen
class ClientAndServer:
    """A scripted server, and a client of its first user."""

    server: ScriptedServer
    client: AsyncAIZoomDocClient

    async def chat(self) -> Chat:
        return await self.client.create_chat("Тест")

    def calls(self) -> list[str]:
        """The received requests as ``METHOD path``, with ``*`` for ids."""
        return [f"{request.method} {shortened(request.path)}" for request in self.server.requests]


def shortened(path: str) -> str:
    """A path with ``*`` for its ids."""
    return "/".join("*" if len(part) == 36 and part.count("-") == 4 else part for part in path.split("/"))


class Reachable(Protocol):
    """An object with a server's address and static token."""

    @property
    def url(self) -> str: ...

    @property
    def static_token(self) -> str: ...


def client_of(server: Reachable, **options: Any) -> AsyncAIZoomDocClient:
    """A client that stores its tokens in memory."""
    given: dict[str, Any] = {"static_token": server.static_token, "token_store": MemoryTokenStore(), "timeout": 10.0} | options
    return AsyncAIZoomDocClient(server.url, **given)


@asynccontextmanager
async def client_and_server(
    behavior: ServerBehavior = ServerBehavior.PRODUCTION, *, server: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[ClientAndServer]:
    """A server and a client without waits between retries and history reads; `options` are the client's."""
    with waiting_by(no_wait):
        async with ScriptedServer(behavior, **(server or {})) as running, client_of(running, **options) as client:
            yield ClientAndServer(running, client)


async def no_wait(_seconds: float) -> None:
    """Replaces a wait by one iteration of the event loop."""
    await asyncio.sleep(0)


def folded(events: list[AnswerEvent]) -> str:
    """The text of the events, with `answer_restarted` applied."""
    text = ""
    for event in events:
        match event.event:
            case "llm_token":
                text += event.data["token"]
            case "answer_restarted":
                text = text[: event.data["keep"]]
            case _:
                pass
    return text


def names(events: list[AnswerEvent]) -> list[str]:
    """The events' names, without repetitions in a row."""
    found = [event.event for event in events]
    return [name for name, before in zip(found, [None, *found], strict=False) if name != before]


def tokens(events: list[AnswerEvent]) -> list[LLMToken]:
    return [event for event in events if isinstance(event, LLMToken)]
