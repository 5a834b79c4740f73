"""Claims about streams, the chat queue and repeated reads, each of which a mutant must break."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from aizoomdoc_client import AsyncAnswerStream, ChatConflictError
from aizoomdoc_client.testing import Answer, Emit, Held, Question, ServerBehavior, Signal, Stall, SyncPoint, Wait, simple_answer
from tests.client_and_server import client_and_server


async def test_the_old_stream_is_closed_before_another_opens() -> None:
    """The client closes a stream without a final text that stays open, so its run has ended when another begins."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        server, states = pair.server, list[str]()

        def second(question: Question) -> Answer:
            _ = question
            states.append(server.model_runs[0].state)
            return simple_answer("ответ")

        server.script_answer(Answer([Emit("completed", {"message": "ok"}), Stall()]))
        server.script_answer(second)
        answer = await pair.client.ask(await pair.chat(), "Где ВРУ?")

        assert ("ответ", ["cancelled"]) == (answer.text, states)


async def test_a_chat_has_one_question_at_a_time() -> None:
    """The second question is posted after the first one's answer is complete, and each gets its own answer."""
    async with client_and_server() as pair:
        server, client, chat = pair.server, pair.client, await pair.chat()
        begun, released = SyncPoint(), SyncPoint()
        server.script_answer(simple_answer("первый").preceded_by(Signal(begun), Wait(released)), question="Первый?")
        server.script_answer(simple_answer("второй"), question="Второй?")
        first = asyncio.create_task(client.ask(chat, "Первый?"))
        await server.until(begun.is_set)
        second = asyncio.create_task(client.ask(chat, "Второй?"))
        with contextlib.suppress(TimeoutError):
            await server.until(lambda: len(server.posts) > 1, timeout=0.3)
        posted_meanwhile = len(server.posts)
        released.set()

        assert (1, "первый", "второй") == (posted_meanwhile, (await first).text, (await second).text)


async def test_an_answer_read_too_late_is_not_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first read of an answer after another question was posted raises: the server would answer the other question."""
    monkeypatch.setattr("aizoomdoc_client.session.chat_queue.UNREAD_GRACE", 0.0)
    async with client_and_server() as pair:
        chat = await pair.chat()
        late = await pair.client.send_message(chat, "Первый?")
        await pair.client.send_message(chat, "Второй?")
        with pytest.raises(ChatConflictError):
            await late.result()

        assert [] == pair.server.model_runs


async def test_cancelling_ends_the_run() -> None:
    """The connection is closed at once, and the server cancels its run."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        server = pair.server
        server.script_answer(Answer([Emit("processing_started"), Stall()]))
        answer = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        await anext(answer)
        answer.cancel()
        await server.until(lambda: server.model_runs[0].state == "cancelled", timeout=3)

        assert [] == [event async for event in answer]


async def test_a_repeated_read_uses_the_same_run() -> None:
    """Waiting for the first event with a time-out, again and again, opens the stream once."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        server, released, opened = pair.server, SyncPoint(), SyncPoint()
        server.script_answer(Answer([Signal(opened), Wait(released), *simple_answer("ответ").steps]))
        answer = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        reader = asyncio.create_task(anext(answer))
        await server.until(opened.is_set)
        await cancelled(reader)
        released.set()

        assert ("ответ", 1) == ((await answer.result()).text, len(server.model_runs))


async def test_a_repeated_send_uses_the_same_message() -> None:
    """A message whose posting task was cancelled during the request is posted once."""
    async with client_and_server() as pair:
        server, released = pair.server, SyncPoint()
        chat = await pair.chat()
        server.respond("POST", "/chats/*/messages", Held(released))
        answer = pair.client.send_message(chat, "Где ВРУ?")
        sender = asyncio.create_task(entered(answer))
        await server.until(lambda: len(server.requests_to("POST", "/chats/*/messages")) == 1)
        await cancelled(sender)
        released.set()
        await answer

        assert ["Где ВРУ?"] == [post.content for post in server.posts]


async def entered(answer: AsyncAnswerStream) -> None:
    await answer


async def cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
