"""A question that is given up while its stream is still opening may have a run; the next question must not take its answer."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aizoomdoc_client import AsyncAnswerStream
from aizoomdoc_client.testing import Hang, ServerBehavior, complex_answer, drop_at, simple_answer
from tests.client_and_server import ClientAndServer, client_and_server


async def by_a_timeout(answer: AsyncAnswerStream, opened: Awaitable[None]) -> None:
    reading = asyncio.ensure_future(answer.result())
    await opened
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reading, 0)


async def by_cancel(answer: AsyncAnswerStream, opened: Awaitable[None]) -> None:
    reading = asyncio.ensure_future(answer.result())
    await opened
    answer.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def by_close(answer: AsyncAnswerStream, opened: Awaitable[None]) -> None:
    reading = asyncio.ensure_future(answer.result())
    await opened
    await answer.close()
    await asyncio.gather(reading, return_exceptions=True)


async def by_dropping_it(answer: AsyncAnswerStream, opened: Awaitable[None]) -> None:
    reading = asyncio.ensure_future(anext(answer))
    await opened
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    del answer, reading
    gc.collect()


async def by_interrupting_it(answer: AsyncAnswerStream, opened: Awaitable[None]) -> None:
    """As Ctrl-C does under `asyncio.run`: the task that reads is cancelled, and the answer is left."""

    async def read() -> None:
        async with answer:
            await answer.result()

    reading = asyncio.ensure_future(read())
    await opened
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


WAYS: dict[str, Callable[[AsyncAnswerStream, Awaitable[None]], Awaitable[None]]] = {
    "time-out": by_a_timeout,
    "cancel": by_cancel,
    "close": by_close,
    "dropped": by_dropping_it,
    "Ctrl-C": by_interrupting_it,
}


async def give_up_an_opening(pair: ClientAndServer, chat: Any, way: str, transport: str) -> None:
    """Gives a question up whose stream was requested and has had no response."""
    rule = pair.server.respond("WS" if transport == "websocket" else "GET", "/chats/*/stream", Hang())

    async def opened() -> None:
        await pair.server.until(lambda: bool(rule.requests))

    await WAYS[way](pair.client.send_message(chat, "First?"), opened())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_the_next_question_does_not_take_its_answer(way: str, transport: Any) -> None:
    """The server goes on with the run and stores its answer after the next question, whose stream drops."""
    async with client_and_server(ServerBehavior.CONTRACT, transport=transport) as pair:
        chat = await pair.chat()
        await give_up_an_opening(pair, chat, way, transport)
        pair.server.script_answer(drop_at(complex_answer("second's draft"), 5, then="cancel"))
        pair.server.script_answer(simple_answer("second's"))
        pair.server.respond("GET", f"/chats/{chat.id}", StoresLate(pair, chat.id))

        assert "second's" == (await pair.client.ask(chat, "Second?")).text


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_closing_the_client_leaves_it_noted(transport: Any) -> None:
    """A client that is used again after `close()` still knows that the run of the opening it broke off may store an answer."""
    async with client_and_server(ServerBehavior.CONTRACT, transport=transport) as pair:
        chat = await pair.chat()
        rule = pair.server.respond("WS" if transport == "websocket" else "GET", "/chats/*/stream", Hang())
        reading = asyncio.ensure_future(pair.client.ask(chat, "First?"))
        await pair.server.until(lambda: bool(rule.requests))
        await pair.client.close()
        await asyncio.gather(reading, return_exceptions=True)
        pair.server.script_answer(drop_at(complex_answer("second's draft"), 5, then="cancel"))
        pair.server.script_answer(simple_answer("second's"))
        pair.server.respond("GET", f"/chats/{chat.id}", StoresLate(pair, chat.id))

        assert "second's" == (await pair.client.ask(chat, "Second?")).text


class StoresLate:
    """Answers the first look into the history after the drop, by which time the abandoned run has stored its answer."""

    def __init__(self, pair: ClientAndServer, chat_id: str) -> None:
        self._pair = pair
        self._chat_id = chat_id

    async def react(self, request: Any) -> Any:
        self._pair.server.chats[self._chat_id].add("assistant", "first's")
        return await request.process()
