"""A question that is given up before its message is stored: what is not sent stays unsent, what is on its way may be stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aizoomdoc_client import AsyncAnswerStream, ChatConflictError, StreamInterruptedError
from aizoomdoc_client.testing import Held, SyncPoint, complex_answer
from tests.client_and_server import ClientAndServer, client_and_server

FILE = ("POST", "/files/*")
MESSAGE = ("POST", "/chats/*/messages")


async def by_close(answer: AsyncAnswerStream, sent: Awaitable[None]) -> None:
    waiting = asyncio.ensure_future(answer.result())
    await sent
    await answer.close()
    with pytest.raises(StreamInterruptedError, match="closed before its end"):
        await waiting


async def by_cancel(answer: AsyncAnswerStream, sent: Awaitable[None]) -> None:
    waiting = asyncio.ensure_future(entered(answer))
    await sent
    answer.cancel()
    with pytest.raises(StreamInterruptedError, match="closed before its end"):
        await waiting


async def by_a_cancelled_block(answer: AsyncAnswerStream, sent: Awaitable[None]) -> None:
    async def block() -> None:
        async with answer:
            raise AssertionError("it was entered")

    waiting = asyncio.ensure_future(block())
    await sent
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def tasks(name: str) -> list[object]:
    """The tasks that run a coroutine function with this in its name."""
    return [task for task in asyncio.all_tasks() if name in str(task.get_coro())]


async def entered(answer: AsyncAnswerStream) -> None:
    await answer


WAYS: dict[str, Callable[[AsyncAnswerStream, Awaitable[None]], Awaitable[None]]] = {
    "close": by_close,
    "cancel": by_cancel,
    "block": by_a_cancelled_block,
}


def held(pair: ClientAndServer, *route: str) -> tuple[SyncPoint, Awaitable[None]]:
    """Holds the next request of this kind: the point that releases it, and what waits until it is there."""
    released = SyncPoint()
    rule = pair.server.respond(route[0], route[1], Held(released))

    async def sent() -> None:
        await pair.server.until(lambda: bool(rule.requests))

    return released, sent()


@pytest.mark.parametrize("way", WAYS)
async def test_a_question_whose_file_is_on_its_way_is_not_posted(way: str) -> None:
    """The upload is broken off, too; the message is not posted, and the chat is free at once."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        released, sent = held(pair, *FILE)
        answer = pair.client.send_message(chat, "First?", files=[b"%PDF-1.4"])
        await WAYS[way](answer, sent)
        posting = tasks("_run_and_notify")
        await pair.server.until(lambda: not tasks("_upload"), timeout=5)
        released.set()
        await pair.client.ask(chat, "Second?", files=[b"%PDF-1.4"])

        assert (["Second?"], []) == ([post.content for post in pair.server.posts], posting)


async def test_two_questions_share_an_upload() -> None:
    """Giving up one of them leaves the upload to the other."""
    async with client_and_server() as pair:
        released, sent = held(pair, *FILE)
        first, second = [pair.client.send_message(await pair.chat(), "Where?", files=[b"%PDF-1.4"]) for _ in range(2)]
        other = asyncio.ensure_future(second.result())
        await by_close(first, sent)
        released.set()
        await other

        assert (1, 1) == (len(pair.server.requests_to(*FILE)), len(pair.server.posts))


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_on_its_way_is_not_sent_again(way: str) -> None:
    """Its request may be processed later; awaiting the answer again sends nothing."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        released, sent = held(pair, *MESSAGE)
        answer = pair.client.send_message(chat, "First?")
        await WAYS[way](answer, sent)
        released.set()
        with pytest.raises(StreamInterruptedError, match="closed before its end"):
            await answer

        assert [] == [event async for event in answer]
        assert (1, 0) == (len(pair.server.requests_to(*MESSAGE)), len(pair.server.model_runs))


@pytest.mark.parametrize("way", WAYS)
async def test_the_next_question_does_not_get_its_answer(way: str) -> None:
    """The message is stored after the next question, so the server answers it: that answer is refused."""
    async with client_and_server() as pair:
        pair.server.answer_with(lambda question: complex_answer(f"to {question.text}"))
        chat = await pair.chat()
        _, sent = held(pair, *MESSAGE)
        await WAYS[way](pair.client.send_message(chat, "First?"), sent)
        pair.server.respond("GET", "/chats/*/stream", StoresFirst(pair, chat.id))
        with pytest.raises(ChatConflictError):
            await pair.client.ask(chat, "Second?")

        assert 1 == len(pair.server.model_runs)


class StoresFirst:
    """Stores the message that was on its way, and then begins the run."""

    def __init__(self, pair: ClientAndServer, chat_id: str) -> None:
        self._pair = pair
        self._chat_id = chat_id

    async def react(self, request: Any) -> Any:
        self._pair.server.chats[self._chat_id].add("user", "First?")
        return await request.process()


async def test_a_closed_question_is_never_posted() -> None:
    """Awaiting or reading an answer that was closed before sends nothing."""
    async with client_and_server() as pair:
        answer = pair.client.send_message(await pair.chat(), "First?")
        await answer.close()
        with pytest.raises(StreamInterruptedError, match="closed before its end"):
            await answer

        assert [] == [event async for event in answer]
        assert [] == pair.server.requests_to(*MESSAGE)
