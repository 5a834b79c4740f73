"""Failures while a stream is opened: a run may have begun, so they are handled like a drop."""

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
class ProxiedServer:
    """A server that follows the contract, behind a fault proxy."""

    server: ScriptedServer
    proxy: FaultProxy

    async def ask(self, transport: TransportName, *faults: Fault) -> str:
        """The answer when the faults affect the first connection of the stream."""
        async with AsyncAIZoomDocClient(
            self.proxy.url, self.server.static_token, transport=transport, token_store=MemoryTokenStore()
        ) as client:
            chat = await client.create_chat()
            async with client.send_message(chat, "?") as answer:
                self.proxy.next(*faults)
                return (await answer.result()).text


@pytest.fixture
async def proxied() -> AsyncIterator[ProxiedServer]:
    with no_waiting():
        async with ScriptedServer(ServerBehavior.CONTRACT) as server, FaultProxy(server.url) as proxy:
            yield ProxiedServer(server, proxy)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("transport", ["websocket", "auto"])
@pytest.mark.parametrize("fault", [CloseAfter(50), ResetAfter(50), CloseAfter(100, "up"), ResetAfter(0)])
async def test_a_handshake_that_breaks_off_is_recovered(proxied: ProxiedServer, transport: TransportName, fault: Fault) -> None:
    """The text is the stored one, and the model ran at most twice."""
    text = await proxied.ask(transport, fault)

    assert text in [message.content for message in next(iter(proxied.server.chats.values())).answers]
    assert (1, True) == (len(proxied.server.posts), len(proxied.server.model_runs) <= 2)


async def test_after_a_broken_handshake_events_are_tried(proxied: ProxiedServer) -> None:
    """A proxy may block WebSockets, so server-sent events are tried; the broken handshake did not reach the server."""
    await proxied.ask("auto", CloseAfter(100, "up"))

    assert ["GET"] == [request.method for request in proxied.server.requests_to("*", "/chats/*/stream")]


async def test_where_there_are_no_events_the_websocket_is_tried_again(proxied: ProxiedServer) -> None:
    """A server that follows the contract need not have the other endpoint."""
    proxied.server.respond("GET", "/chats/*/stream", detail(404, "Not Found"))
    await proxied.ask("auto", CloseAfter(100, "up"))

    assert ["GET", "WS"] == [request.method for request in proxied.server.requests_to("*", "/chats/*/stream")]


async def test_a_stream_whose_response_is_lost_is_recovered(proxied: ProxiedServer) -> None:
    """The request arrived, its response did not, and the connection stays open: the answer is found in the history."""
    proxied.server.answer_with(simple_answer("Высота этажа 3,3 м"))
    timeouts = StreamTimeouts(first_event=0.3)
    async with (
        AsyncAIZoomDocClient(
            proxied.proxy.url,
            proxied.server.static_token,
            transport="sse",
            token_store=MemoryTokenStore(),
            stream_timeouts=timeouts,
        ) as client,
        client.send_message(await client.create_chat(), "?") as answer,
    ):
        proxied.proxy.next(HalfOpen(0, "down"))
        result = await answer.result()

    assert ("Высота этажа 3,3 м", 1, 1) == (result.text, len(proxied.server.posts), len(proxied.server.model_runs))


async def test_after_an_opening_that_timed_out_a_run_may_be_going_on(proxied: ProxiedServer) -> None:
    """The next question in the chat does not adopt that run's answer, however late it is stored."""
    released = SyncPoint()
    proxied.server.script_answer(Answer([Wait(released), *simple_answer("Ответ на первый").steps], on_drop="finish"))
    timeouts = StreamTimeouts(first_event=0.3)
    async with AsyncAIZoomDocClient(
        proxied.proxy.url,
        proxied.server.static_token,
        transport="sse",
        token_store=MemoryTokenStore(),
        stream_timeouts=timeouts,
        retry=RetryPolicy(max_reruns=0),
    ) as client:
        chat = await client.create_chat()
        async with client.send_message(chat, "Первый?") as answer:
            proxied.proxy.next(HalfOpen(0, "down"))
            with pytest.raises(APIError):
                await answer.result()
        proxied.server.script_answer(Answer([Signal(released), Close(then="cancel")]))
        with pytest.raises(StreamError) as caught:
            await client.ask(chat, "Второй?")

    assert "Ответ на первый" in [message.content for message in proxied.server.messages(chat.id)]
    assert "" == caught.value.partial
