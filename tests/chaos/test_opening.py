"""What breaks while a stream is opened: nobody knows whether a run began, so it is a drop like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest

from aizoomdoc_client import (
    APIError,
    AsyncAIZoomDocClient,
    MemoryTokenStore,
    RetryPolicy,
    StreamError,
    StreamTimeouts,
    TransportName,
)
from aizoomdoc_client.testing import (
    Answer,
    Close,
    ScriptedServer,
    ServerBehavior,
    Signal,
    SyncPoint,
    Wait,
    detail,
    no_waiting,
    simple_answer,
)
from aizoomdoc_client.testing.proxy import CloseAfter, Fault, FaultProxy, HalfOpen, ResetAfter
from aizoomdoc_client.transport import websocket


@pytest.fixture(params=["websockets", "picows"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = getattr(websocket, f"{request.param}_library")()
    monkeypatch.setattr(websocket, "best_library", lambda: chosen)


@attrs.frozen
class Line:
    """A server of the contract behind a proxy."""

    server: ScriptedServer
    proxy: FaultProxy

    async def ask(self, transport: TransportName, *faults: Fault) -> str:
        """The answer when the faults meet the first connection of the stream."""
        async with AsyncAIZoomDocClient(
            self.proxy.url, self.server.static_token, transport=transport, token_store=MemoryTokenStore()
        ) as client:
            chat = await client.create_chat()
            async with client.send_message(chat, "?") as answer:
                self.proxy.next(*faults)
                return (await answer.result()).text


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    with no_waiting():
        async with ScriptedServer(ServerBehavior.CONTRACT) as server, FaultProxy(server.url) as proxy:
            yield Line(server, proxy)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("transport", ["websocket", "auto"])
@pytest.mark.parametrize("fault", [CloseAfter(50), ResetAfter(50), CloseAfter(100, "up"), ResetAfter(0)])
async def test_a_handshake_that_breaks_off_is_recovered(line: Line, transport: TransportName, fault: Fault) -> None:
    """The text is the one that the server stored, and the model ran twice at the most."""
    text = await line.ask(transport, fault)

    assert text in [message.content for message in next(iter(line.server.chats.values())).answers]
    assert (1, True) == (len(line.server.posts), len(line.server.model_runs) <= 2)


async def test_after_a_broken_handshake_events_are_tried(line: Line) -> None:
    """A proxy may let no WebSocket through. The handshake itself did not reach the server."""
    await line.ask("auto", CloseAfter(100, "up"))

    assert ["GET"] == [request.method for request in line.server.requests_to("*", "/chats/*/stream")]


async def test_where_there_are_no_events_the_websocket_is_tried_again(line: Line) -> None:
    """A server of the contract need not have the other endpoint."""
    line.server.respond("GET", "/chats/*/stream", detail(404, "Not Found"))
    await line.ask("auto", CloseAfter(100, "up"))

    assert ["GET", "WS"] == [request.method for request in line.server.requests_to("*", "/chats/*/stream")]


async def test_a_stream_whose_response_is_lost_is_recovered(line: Line) -> None:
    """The request got through and its response did not, on a line that stays open: the answer is found in the history."""
    line.server.answer_with(simple_answer("Высота этажа 3,3 м"))
    timeouts = StreamTimeouts(first_event=0.3)
    async with (
        AsyncAIZoomDocClient(
            line.proxy.url, line.server.static_token, transport="sse", token_store=MemoryTokenStore(), stream_timeouts=timeouts
        ) as client,
        client.send_message(await client.create_chat(), "?") as answer,
    ):
        line.proxy.next(HalfOpen(0, "down"))
        result = await answer.result()

    assert ("Высота этажа 3,3 м", 1, 1) == (result.text, len(line.server.posts), len(line.server.model_runs))


async def test_after_an_opening_that_timed_out_a_run_may_be_going_on(line: Line) -> None:
    """The next question in the chat does not take that run's answer for its own, however late it comes."""
    released = SyncPoint()
    line.server.script_answer(Answer([Wait(released), *simple_answer("Ответ на первый").steps], on_drop="finish"))
    timeouts = StreamTimeouts(first_event=0.3)
    async with AsyncAIZoomDocClient(
        line.proxy.url,
        line.server.static_token,
        transport="sse",
        token_store=MemoryTokenStore(),
        stream_timeouts=timeouts,
        retry=RetryPolicy(max_reruns=0),
    ) as client:
        chat = await client.create_chat()
        async with client.send_message(chat, "Первый?") as answer:
            line.proxy.next(HalfOpen(0, "down"))
            with pytest.raises(APIError):
                await answer.result()
        line.server.script_answer(Answer([Signal(released), Close(then="cancel")]))
        with pytest.raises(StreamError) as caught:
            await client.ask(chat, "Второй?")

    assert "Ответ на первый" in [message.content for message in line.server.messages(chat.id)]
    assert "" == caught.value.partial
