"""The deadline of a whole answer ends it in time, closing included, whatever the server does with its connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from aizoomdoc_client import AsyncAnswerStream, StreamTimeoutError, StreamTimeouts
from aizoomdoc_client.testing import Hang, Normally, Reaction, ServerBehavior, Stall
from aizoomdoc_client.testing.reactions import never
from tests.client_and_server import client_and_server
from tests.faults.clock import owned_clock

TOTAL = 10.0
GRACE = 0.5
"""Seconds after its deadline by which an answer has ended."""


class AcceptsOnly:
    """Accepts the handshake of a WebSocket, and neither sends nor reads anything then."""

    async def react(self, request: Any) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request.http)
        return await never()


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("reaction", [AcceptsOnly(), Hang()], ids=["accepts and is silent", "does not respond"])
async def test_a_silent_websocket_ends_in_time(reaction: Reaction) -> None:
    """The server answers no close frame either: it is not waited for."""
    await check_end("WS", ServerBehavior.CONTRACT, reaction)


@pytest.mark.parametrize("reaction", [Normally(), Hang()], ids=["begins and is silent", "does not respond"])
async def test_silent_server_sent_events_end_in_time(reaction: Reaction) -> None:
    """The same over the other transport."""
    await check_end("GET", ServerBehavior.PRODUCTION, reaction)


def is_open(answer: AsyncAnswerStream) -> bool:
    """Whether the client has an open stream."""
    connection = answer._reader and answer._reader._connection
    return connection is not None and connection._stream is not None


async def check_end(method: str, behavior: ServerBehavior, reaction: Reaction) -> None:
    """Asks a server that is silent, and checks when the error comes; the time passes while the stream is waited for."""
    async with client_and_server(behavior, stream_timeouts=StreamTimeouts(total=TOTAL)) as pair:
        pair.server.script_answer([("processing_started", {}), Stall()])
        rule = pair.server.respond(method, "/chats/*/stream", reaction)
        answer = await pair.client.send_message(await pair.chat(), "Где ВРУ?")
        with owned_clock() as clock:
            time, began = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
            reading = asyncio.ensure_future(answer.result())
            await pair.server.until(lambda: bool(rule.requests) and (is_open(answer) or isinstance(reaction, Hang)))
            clock.advance(TOTAL)
            with pytest.raises(StreamTimeoutError) as caught:
                await reading
            took = time() - began

        assert ("total", True) == (caught.value.deadline, TOTAL <= took < TOTAL + GRACE)
