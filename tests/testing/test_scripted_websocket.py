"""The WebSocket endpoint in each behavior."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import attrs
import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from aizoomdoc_client.testing import (
    Close,
    Drop,
    Half,
    Raw,
    RawSocket,
    Reply,
    ServerBehavior,
    Signal,
    Stall,
    SyncPoint,
    WireFormat,
    complex_answer,
    final,
    html_page,
    simple_answer,
)


def with_behavior(caller: Any, behavior: ServerBehavior) -> Any:
    caller.server.behavior = behavior
    return caller


async def closing(websocket: websockets.ClientConnection) -> tuple[list[Any], ConnectionClosed]:
    """The frames until the connection ends, and how it ended."""
    frames: list[Any] = []
    with pytest.raises(ConnectionClosed) as closed:
        await _read(websocket, frames)
    return frames, closed.value


async def _read(websocket: websockets.ClientConnection, frames: list[Any]) -> None:
    while True:
        frames.append(await websocket.recv())


@asynccontextmanager
async def asked(caller: Any, *steps: Any) -> AsyncIterator[websockets.ClientConnection]:
    """A WebSocket on which a scripted run has begun."""
    caller.server.script_answer(steps)
    async with connect(caller.websocket_url(await caller.chat("?"))) as websocket:
        yield websocket


async def refusal(url: str, **options: Any) -> Any:
    """The response to a handshake that fails."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, **options)
    return refused.value.response


@pytest.mark.parametrize("token", ["", "abc"])
async def test_productions_stub_takes_any_token_and_never_closes(caller: Any, token: str) -> None:
    """One error frame, then an open connection that answers pings; no model runs."""
    async with connect(caller.websocket_url(await caller.chat("?"), token)) as websocket:
        frame = json.loads(await websocket.recv())
        await (await websocket.ping())

        assert ["event", "data", "timestamp"] == list(frame)
        assert ("error", {"message": "WebSocket streaming not implemented yet"}) == (frame["event"], frame["data"])
        assert [] == caller.server.model_runs
    assert 1000 == websocket.close_code


@pytest.mark.parametrize("path", ["/chats/one/stream", "/nothing", "/me"])
async def test_a_handshake_for_no_stream_is_403(caller: Any, path: str) -> None:
    """A malformed UUID and an unknown path are refused without a word."""
    response = await refusal(caller.server.url.replace("http", "ws") + path)

    assert (403, b"") == (response.status_code, response.body)


@pytest.mark.parametrize(("behavior", "status"), [(ServerBehavior.NO_WEBSOCKET_404, 404), (ServerBehavior.NO_WEBSOCKET_502, 502)])
async def test_a_proxy_refuses_with_a_page(caller: Any, behavior: ServerBehavior, status: int) -> None:
    """The handshake's answer is HTML."""
    response = await refusal(with_behavior(caller, behavior).websocket_url(str(uuid4())))

    assert (status, True) == (response.status_code, response.body.startswith(b"<html>"))


async def test_a_stripped_upgrade_is_a_get_without_credentials(caller: Any) -> None:
    """403, and no run, because the token in the query means nothing to a GET."""
    with_behavior(caller, ServerBehavior.STRIPPED_UPGRADE)
    response = await refusal(caller.websocket_url(await caller.chat("?")))

    assert (403, b'{"detail": "Not authenticated"}') == (response.status_code, response.body)
    assert ("GET", []) == (caller.server.requests[-1].method, caller.server.model_runs)


async def test_a_stripped_upgrade_with_authorization_runs_the_model(caller: Any) -> None:
    """A handshake that carries the header starts a full run, whose answer is stored."""
    with_behavior(caller, ServerBehavior.STRIPPED_UPGRADE)
    chat_id = await caller.chat("?")
    async with caller.session.get(
        f"/chats/{chat_id}/stream",
        headers={
            **caller.headers,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": "eA==",
            "Sec-WebSocket-Version": "13",
        },
    ) as response:
        assert "event: completed" in await response.text()
    assert 1 == len(caller.server.chats[chat_id].answers)


async def test_the_contract_streams_frames_and_closes(contract: Any) -> None:
    """Events until completed, then close code 1000; the answer is stored."""
    chat_id = await contract.chat("Где?")
    async with connect(contract.websocket_url(chat_id)) as websocket:
        frames, closed = await closing(websocket)
    events = [json.loads(frame) for frame in frames]

    assert 1000 == closed.rcvd.code
    assert ["llm_final", "completed"] == [event["event"] for event in events[-2:]]
    assert events[-2]["data"]["content"] == contract.server.chats[chat_id].answers[0].content
    assert [("ws", "finished")] == [(run.transport, run.state) for run in contract.server.model_runs]


async def test_the_server_may_leave_the_closing_to_the_client(contract: Any) -> None:
    """Without `websocket_closes_when_done` the connection stays open after the end."""
    with_behavior(contract, attrs.evolve(ServerBehavior.CONTRACT, websocket_closes_when_done=False))
    async with asked(contract, final("ответ")) as websocket:
        await websocket.recv()
        await (await websocket.ping())
    assert 1000 == websocket.close_code


@pytest.mark.parametrize("spoil", ["none", "garbage", "expired", "secret"])
async def test_a_bad_token_closes_4401(contract: Any, spoil: str) -> None:
    """The handshake succeeds, no event is sent, and no model runs."""
    token = {"none": "", "garbage": "abc"}.get(spoil, contract.token)
    chat_id = await contract.chat("?")
    if spoil in {"expired", "secret"}:
        (contract.server.expire_tokens if spoil == "expired" else contract.server.change_secret)()
    async with connect(contract.websocket_url(chat_id, token)) as websocket:
        frames, closed = await closing(websocket)

    assert ([], 4401, []) == (frames, closed.rcvd.code, contract.server.model_runs)


async def test_somebody_elses_chat_closes_4403(contract: Any) -> None:
    """Forbidden, by a close code."""
    chat_id = await contract.chat("?")
    token = contract.server.issue_token(contract.server.store.add_user("other", "other"))
    async with connect(contract.websocket_url(chat_id, token)) as websocket:
        assert 4403 == (await closing(websocket))[1].rcvd.code


async def test_a_stream_without_a_question_is_an_error_event(contract: Any) -> None:
    """The error frame, then a close in good order."""
    async with connect(contract.websocket_url(await contract.chat())) as websocket:
        frames, closed = await closing(websocket)

    assert ("error", {"message": "User message not found"}) == tuple(json.loads(frames[0]).values())[:2]
    assert (1, 1000) == (len(frames), closed.rcvd.code)


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
async def test_a_drop_is_no_close_frame(contract: Any, reset: bool) -> None:
    """The client sees the connection break, 1006."""
    async with asked(contract, Drop(reset=reset)) as websocket:
        assert None is (await closing(websocket))[1].rcvd
    assert 1006 == websocket.close_code


@pytest.mark.parametrize("size", [10, 300, 70_000])
async def test_half_a_frame_never_arrives(contract: Any, size: int) -> None:
    """A frame that is cut off is no message, whatever the length of its header."""
    async with asked(
        contract, ("processing_started", {}), Half("llm_token", {"token": "x" * size}), Drop(reset=False)
    ) as websocket:
        frames, closed = await closing(websocket)

    assert (1, None) == (len(frames), closed.rcvd)


@pytest.mark.parametrize("size", [10, 300, 70_000])
async def test_half_a_frame_is_the_first_half_of_a_real_one(contract: Any, size: int) -> None:
    """Its header announces the whole: the rest of the text makes it a message."""
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


async def test_a_frames_keys_may_come_in_another_order(contract: Any) -> None:
    """The order is the format's."""
    with_behavior(
        contract, attrs.evolve(ServerBehavior.CONTRACT, wire_format=WireFormat(frame_keys=("timestamp", "data", "event")))
    )
    async with asked(contract, final("ответ")) as websocket:
        assert ["timestamp", "data", "event"] == list(json.loads(await websocket.recv()))


async def test_pings_are_answered_while_a_run_stalls(contract: Any) -> None:
    """A stalled run is no dead connection."""
    async with asked(contract, Stall()) as websocket:
        await (await websocket.ping())


@pytest.mark.parametrize(("policy", "stored"), [("cancel", 0), ("finish", 1)])
async def test_a_client_that_closes_is_answered_and_its_run_stops_or_goes_on(contract: Any, policy: Any, stored: int) -> None:
    """The close is acknowledged with 1000; the run's policy decides about the rest."""
    released, reached = SyncPoint(), SyncPoint()
    answer = simple_answer("ответ").preceded_by(Signal(reached), waiting_for(released))
    contract.server.script_answer(attrs.evolve(answer, on_drop=policy))
    async with connect(contract.websocket_url(await contract.chat("?"))) as websocket:
        await reached.wait()
    released.set()
    run = contract.server.model_runs[0]
    await contract.server.until(lambda: run.state != "running")

    assert (1000, stored) == (websocket.close_code, len(run.chat.answers))


def waiting_for(released: SyncPoint) -> Any:
    """A step of the test's own: any object that plays."""

    class Gated:
        async def play(self, run: Any) -> None:
            await released.wait()

    return Gated()


async def test_a_handshake_is_recorded_and_can_be_refused(contract: Any) -> None:
    """Its method is WS, and `respond` answers it with what a test wants."""
    contract.server.respond("WS", "/chats/*/stream", html_page(503), Reply(401, {"detail": "no"}))
    url = contract.websocket_url(str(uuid4()))

    assert [503, 401] == [(await refusal(url)).status_code for _ in range(2)]
    assert ["WS", "WS"] == [request.method for request in contract.server.requests]
    assert contract.token == contract.server.requests[0].query["token"]


async def test_a_long_answer_is_one_big_frame(contract: Any) -> None:
    """Nothing on the server's side limits a frame."""
    text = "ы" * 1_000_000
    contract.server.script_answer(complex_answer(text, pieces=[text]))
    async with connect(contract.websocket_url(await contract.chat("?")), max_size=None) as websocket:
        frames, _ = await closing(websocket)

    assert text == json.loads(frames[-2])["data"]["content"]


async def test_no_compression_is_negotiated(contract: Any) -> None:
    """A client that offers deflate gets plain frames, as from production's server."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(contract.websocket_url(await contract.chat("?")), compress=15) as ws,
    ):
        assert 0 == ws.compress
