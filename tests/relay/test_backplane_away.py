"""What browsers get while the other workers, which alone know of their stream, cannot be reached: they are to come back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from aiohttp import ClientSession, web
from starlette.types import Message
from starlette.websockets import WebSocket

from aizoomdoc_client.catalog import text
from aizoomdoc_client.relay import BackplaneAwayError, Relay, aiohttp, starlette
from aizoomdoc_client.relay.backplane import Backplane
from aizoomdoc_client.relay.stream_ids import new_stream_id
from tests.relay.desks import OWNER

COME_BACK = {"id": None, "event": "reconnect", "data": {"retry_ms": 2000}, "timestamp": None}


class AwayBackplane:
    """Other workers that cannot be reached."""

    lease_seconds = 5.0

    async def open(self, stop: Callable[[str], None]) -> None:
        del stop

    async def close(self) -> None:
        pass

    async def state(self, stream_id: str) -> Any:
        raise BackplaneAwayError(text("relay_backplane_away"))


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    async with Relay(lambda _: pytest.fail("nothing is asked"), backplane=cast("Backplane", AwayBackplane())) as relay:
        yield relay


async def test_a_websocket_of_starlette_is_closed_for_now(relay: Relay) -> None:
    """With the event that a stream has, and the code of "try again later"."""
    sent = list[Message]()

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    websocket = WebSocket({"type": "websocket"}, receive, send)
    await websocket.accept()
    await starlette.send_events(websocket, relay.events(new_stream_id(), owner=OWNER))

    assert ["websocket.accept", "websocket.send", "websocket.close"] == [message["type"] for message in sent]
    assert (COME_BACK, 1013) == (json.loads(sent[1]["text"]), sent[2]["code"])


async def test_a_websocket_of_aiohttp_is_closed_for_now(relay: Relay) -> None:
    """As Starlette's."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        await aiohttp.send_events(websocket, relay.events(new_stream_id(), owner=OWNER))
        return websocket

    async def frames(url: str) -> tuple[list[Any], int | None]:
        async with ClientSession() as browser, browser.ws_connect(url) as websocket:
            return [json.loads(message.data) async for message in websocket], websocket.close_code

    assert ([COME_BACK], 1013) == await served(handle, frames)


async def served(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]], use: Callable[[str], Awaitable[tuple[list[Any], int | None]]]
) -> tuple[list[Any], int | None]:
    """What `use` finds at the address that `handle` serves."""
    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        return await use(f"http://{host}:{port}/")
    finally:
        await runner.cleanup()
