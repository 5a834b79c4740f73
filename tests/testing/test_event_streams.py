"""Server-sent events and WebSocket frames on the wire."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import attrs
import pytest
from websockets.asyncio.client import connect

from aizoomdoc_client.testing import Close, Drop, Half, Raw, RawSocket, ServerBehavior, Stall, WireFormat, complex_answer
from tests.testing.websockets_client import asked, closing, with_behavior


async def test_the_headers_come_before_the_first_event(caller: Any) -> None:
    """A run that stalls at its beginning has sent status and content type."""
    caller.server.script_answer([Stall()])
    async with caller.session.get(f"/chats/{await caller.chat('?')}/stream", headers=caller.headers) as response:
        assert (200, "text/event-stream") == (response.status, response.content_type)


async def test_raw_bytes_go_into_the_body(caller: Any) -> None:
    """Any bytes, between events and instead of them."""
    caller.server.script_answer([Raw(b": comment\n\n\xff"), Close()])
    async with caller.session.get(f"/chats/{await caller.chat('?')}/stream", headers=caller.headers) as response:
        assert b": comment\n\n\xff" == await response.read()


async def test_raw_bytes_can_be_written_without_framing(caller: Any) -> None:
    """The bytes are where a chunk should be."""
    caller.server.script_answer([RawSocket(b"no chunk"), Drop(reset=False)])
    path = f"/chats/{await caller.chat('?')}/stream"
    received = await caller.raw(f"GET {path} HTTP/1.1\nHost: x\nAuthorization: Bearer {caller.token}\n\n")

    assert b"no chunk" == received.partition(b"\r\n\r\n")[2]


async def test_half_an_event_is_the_first_half_of_its_bytes(caller: Any) -> None:
    """`Half` sends the first half of the bytes that `Emit` would send."""
    caller.server.script_answer([Half("completed", {"message": "ok"}), Close()])
    _, text = await caller.call("GET", f"/chats/{await caller.chat('?')}/stream")

    assert "event: completed\ndata" == text


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1009, 1011, 1012, 1013, 4401, 4403])
async def test_any_close_code_can_be_scripted(contract: Any, code: int) -> None:
    """The code and the reason arrive."""
    async with asked(contract, ("processing_started", {}), Close(code, "why")) as websocket:
        frames, closed = await closing(websocket)

    assert (1, code, "why") == (len(frames), closed.rcvd.code, closed.rcvd.reason)


async def test_a_close_frame_may_have_no_code(contract: Any) -> None:
    """The client sees 1005."""
    async with asked(contract, Close(None)) as websocket:
        assert 1005 == (await closing(websocket))[1].rcvd.code


@pytest.mark.parametrize("reset", [True, False])
async def test_a_drop_sends_no_close_frame(contract: Any, reset: bool) -> None:
    """The client sees 1006."""
    async with asked(contract, Drop(reset=reset)) as websocket:
        assert None is (await closing(websocket))[1].rcvd
    assert 1006 == websocket.close_code


@pytest.mark.parametrize("size", [10, 300, 70_000])
async def test_half_a_frame_is_not_received(contract: Any, size: int) -> None:
    """An incomplete frame is no message, whatever the length of its header."""
    async with asked(
        contract, ("processing_started", {}), Half("llm_token", {"token": "x" * size}), Drop(reset=False)
    ) as websocket:
        frames, closed = await closing(websocket)

    assert (1, None) == (len(frames), closed.rcvd)


@pytest.mark.parametrize("size", [10, 300, 70_000])
async def test_half_a_frame_is_the_first_half_of_a_whole_one(contract: Any, size: int) -> None:
    """Its header announces the whole text: with the rest of the text it is a message."""
    timeless = WireFormat(frame_keys=("event", "data"))
    with_behavior(contract, attrs.evolve(ServerBehavior.CONTRACT, wire_format=timeless))
    data = {"token": "x" * size}
    text = timeless.frame("llm_token", data)
    async with asked(contract, Half("llm_token", data), RawSocket(text[len(text) // 2 :])) as websocket:
        assert text.decode() == await websocket.recv()


async def test_raw_bytes_are_one_text_frame(contract: Any) -> None:
    """Even invalid UTF-8: the client fails the connection with 1007."""
    async with asked(contract, Raw(b"\xff"), Stall()) as websocket:
        assert 1007 == (await closing(websocket))[1].sent.code


async def test_pings_are_answered_while_a_run_stalls(contract: Any) -> None:
    """The connection of a run that stalls is alive."""
    async with asked(contract, Stall()) as websocket:
        await (await websocket.ping())


async def test_a_long_answer_is_one_big_frame(contract: Any) -> None:
    """The server does not limit the size of a frame."""
    text = "ы" * 1_000_000
    contract.server.script_answer(complex_answer(text, pieces=[text]))
    async with connect(contract.websocket_url(await contract.chat("?")), max_size=None) as websocket:
        frames, _ = await closing(websocket)

    assert text == json.loads(frames[-2])["data"]["content"]


async def test_no_compression_is_negotiated(contract: Any) -> None:
    """A client that offers deflate gets uncompressed frames, as from the production server."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(contract.websocket_url(await contract.chat("?")), compress=15) as ws,
    ):
        assert 0 == ws.compress
