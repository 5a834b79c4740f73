"""Heartbeats that are text messages: they are no part of the answer, as the comments between server-sent events are none."""

from __future__ import annotations

import pytest
from websockets.asyncio.server import ServerConnection, serve

from aizoomdoc_client.transport.frame_queue import is_heartbeat
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary

from .websocket_servers import REQUEST, TOKEN, each_library as library, received, transport_to

__all__ = ["library"]
HEARTBEATS = [
    "",
    "\n",
    "ping",
    "PING\r\n",
    "pong",
    '"ping"',
    "keepalive",
    "{}",
    '{"type":"ping"}',
    '{"type": "Ping", "ts": 1764328000}',
    '{"op":"hb"}',
    '{"heartbeat":1}',
    '{"action":"keep-alive"}',
]
EVENTS = [
    '{"event":"ping","data":{}}',
    '{"event":"completed","data":{"message":"ping"}}',
    '{"event":"llm_token","data":{"token":"ping"}}',
    '{"error":"no"}',
    "[]",
    "null",
    "1",
    '"text"',
    "{",
    "ping me",
    "\x00",
]


@pytest.mark.parametrize("message", HEARTBEATS)
def test_a_heartbeat_is_known(message: str) -> None:
    """Blank messages, the words that servers use, and objects with such a word are heartbeats."""
    assert is_heartbeat(message.encode())


@pytest.mark.parametrize("message", EVENTS)
def test_anything_else_is_delivered(message: str) -> None:
    """What is an event, or may be a part of something, is none."""
    assert not is_heartbeat(message.encode())


async def test_an_answer_goes_on_after_heartbeats(library: WebSocketLibrary) -> None:
    """Heartbeats before, between and after frames are not delivered, fragmented ones neither; all other messages are."""

    async def send(connection: ServerConnection) -> None:
        for message in HEARTBEATS:
            await connection.send(message)
        for event in EVENTS:
            await connection.send(event)
            await connection.send("ping")
            await connection.send(["pi", "ng"])
        await connection.close()

    async with serve(send, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        found = await transport_to(port, library).open(REQUEST, token=TOKEN, connect_timeout=5)
        frames, error = await received(found)
        await found.close()

    assert ([event.encode() for event in EVENTS], 1000) == (frames, error.details["close_code"])
