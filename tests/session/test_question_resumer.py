"""An answer is taken up again by another client than the one that asked: nothing is posted, and its text is a stored one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    AIZoomDocClient,
    AnswerUnknownError,
    AsyncAIZoomDocClient,
    AsyncAnswerStream,
    ChatConflictError,
    ConfigurationError,
    MemoryTokenStore,
    Message,
    PermissionDeniedError,
    RetryPolicy,
    StreamInterruptedError,
)
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, running_server
from tests.client_and_server import client_and_server, client_of, folded, names, tokens

BEHAVIORS = [pytest.param(behavior, id=name) for name, behavior in ServerBehavior.PRESETS.items()]

DOCUMENT = "00000000-0000-4000-8000-0000000000d1"


@attrs.frozen
class Pair:
    """A server with one message, and a client that did not post it."""

    server: ScriptedServer
    client: AsyncAIZoomDocClient
    message: Message
    posted: int

    @property
    def chat(self) -> Any:
        return self.server.chats[self.message.chat_id]

    def nothing_posted(self) -> bool:
        return self.posted == len(self.server.posts)


@asynccontextmanager
async def asked_before(
    behavior: ServerBehavior = ServerBehavior.CONTRACT, *, answered: bool, **options: Any
) -> AsyncGenerator[Pair]:
    async with client_and_server(behavior) as pair, client_of(pair.server, **options) as other:
        chat = await pair.chat()
        stream = await pair.client.send_message(chat, "Где ВРУ?")
        if answered:
            await stream.result()
        await stream.close()
        yield Pair(pair.server, other, stream.message, len(pair.server.posts))


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("by", ["message", "ids", "chat"])
async def test_a_stored_answer_is_adopted(behavior: ServerBehavior, by: str) -> None:
    """The reader gets the same kinds of events as one of `send_message`, and neither a message nor a run is added."""
    async with asked_before(behavior, answered=True) as pair:
        runs = len(pair.server.model_runs)
        stream = resumed(pair, by)
        events = [event async for event in stream]
        answer = await stream.result()

        assert ["stream_resumed", "llm_token", "llm_final"] == names(events)
        assert all(token.synthetic for token in tokens(events))
        assert pair.chat.answers[0].content == folded(events) == answer.text
        assert (pair.message.id, pair.message.content, None) == (answer.question.id, answer.question.content, answer.transport)
        assert (runs, True) == (len(pair.server.model_runs), pair.nothing_posted())


def resumed(pair: Pair, by: str, **options: Any) -> AsyncAnswerStream:
    if by == "message":
        return pair.client.resume_answer(pair.message, **options)
    return pair.client.resume_answer(pair.message.chat_id, pair.message.id if by == "ids" else None, **options)


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("max_reruns", [0, 1])
async def test_an_answer_that_is_not_there_is_made(behavior: ServerBehavior, max_reruns: int) -> None:
    """The model runs once, for the same message, whatever number of runs is allowed after a drop."""
    async with asked_before(behavior, answered=False, retry=RetryPolicy(max_reruns=max_reruns)) as pair:
        events = [event async for event in pair.client.resume_answer(pair.message)]

        assert "stream_resumed" == events[0].event
        assert pair.chat.answers[0].content == folded(events)
        assert (1, True) == (len(pair.server.model_runs), pair.nothing_posted())


@pytest.mark.parametrize("behavior", BEHAVIORS)
async def test_a_run_can_be_forbidden(behavior: ServerBehavior) -> None:
    """Without an answer in the history the error says so by its code, and the model has not run."""
    async with asked_before(behavior, answered=False) as pair:
        with pytest.raises(StreamInterruptedError) as caught:
            await pair.client.resume_answer(pair.message, rerun=False).result()

        assert ("rerun_forbidden", "") == (caught.value.code, caught.value.partial)
        assert ([], True) == (pair.server.model_runs, pair.nothing_posted())


@pytest.mark.parametrize(("unread_for", "looks"), [(0.0, 7), (10.0, 6), (3600.0, 1)])
async def test_the_longer_nobody_reads_the_shorter_the_wait(unread_for: float, looks: int) -> None:
    """The history is read fewer times before the model runs."""
    async with asked_before(answered=False) as pair:
        path = f"/chats/{pair.message.chat_id}"
        before = len(pair.server.requests_to("GET", path))
        async with pair.client.resume_answer(pair.message, unread_for=unread_for) as stream:
            first = await anext(stream)
            after = len(pair.server.requests_to("GET", path))
            await stream.result()

        assert ("stream_resumed", looks, 1) == (first.event, after - before, len(pair.server.model_runs))


async def test_the_answer_of_a_later_question_is_not_taken() -> None:
    """An unanswered message that another question followed is a conflict; the newest one of the chat has its own answer."""
    async with asked_before(answered=False) as pair:
        async with client_of(pair.server) as other:
            await other.ask(pair.message.chat_id, "А где ЩО?")
        with pytest.raises(ChatConflictError):
            await pair.client.resume_answer(pair.message).result()
        with pytest.raises(ChatConflictError):
            await pair.client.resume_answer(pair.message.chat_id, pair.message.id).result()

        assert 1 == len(pair.server.model_runs)


async def test_an_answered_older_message_has_its_own_answer() -> None:
    """Also in a client that has asked later questions in the chat."""
    async with asked_before(answered=True) as pair:
        await pair.client.ask(pair.message.chat_id, "А где ЩО?")
        answer = await pair.client.resume_answer(pair.message).result()

        assert pair.chat.answers[0].content == answer.text
        assert 2 == len(pair.server.model_runs)


async def test_a_client_can_take_up_its_own_answer() -> None:
    """The run of an answer that was given up may store its text: it is adopted, since it is to the same message."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        await anext(stream)
        await stream.close()
        chat = pair.server.chats[stream.message.chat_id]
        if not chat.answers:
            chat.add("assistant", "В подвале")
        answer = await pair.client.resume_answer(stream.message).result()

        assert (chat.answers[0].content, 1) == (answer.text, len(pair.server.model_runs))


async def test_it_waits_for_its_turn() -> None:
    """While another question of the chat is open, the answer is not looked for."""
    async with asked_before(answered=True) as pair:
        async with pair.client.send_message(pair.message.chat_id, "А где ЩО?") as first:
            await anext(first)
            second = pair.client.resume_answer(pair.message.chat_id)
            async for _ in first:
                pass
        answer = await second.result()

        assert ("А где ЩО?", pair.chat.answers[1].content) == (answer.question.content, answer.text)


async def test_it_is_awaited_and_entered() -> None:
    """As with `send_message`; the message is the user's as soon as it was."""
    async with asked_before(answered=True) as pair:
        stream = pair.client.resume_answer(pair.message.chat_id)
        with pytest.raises(RuntimeError):
            _ = stream.message
        assert pair.message.id == (await stream).message.id
        await stream.close()
        async with pair.client.resume_answer(pair.message) as stream:
            assert pair.message.id == stream.message.id
            assert [text async for text in stream.text_stream]


async def test_one_that_is_dropped_unused_says_so() -> None:
    """The warning names the method."""
    async with asked_before(answered=True) as pair:
        with pytest.warns(RuntimeWarning, match="resume_answer was never awaited"):
            pair.client.resume_answer(pair.message)


async def test_files_travel_with_the_run() -> None:
    """A run gets the files and scopes that are given again; for an adopted answer nothing is uploaded."""
    async with asked_before(ServerBehavior.PRODUCTION, answered=False) as pair:
        await pair.client.resume_answer(pair.message, files=[b"%PDF-1.4"], document_ids=[DOCUMENT]).result()
        uploads = len(pair.server.requests_to("POST", "/files/upload-for-llm"))
        query = pair.server.model_runs[0].question.query
        await pair.client.resume_answer(pair.message, files=[b"other"]).result()

        assert "google_files" in query
        assert [DOCUMENT] == list(query["document_ids"])
        assert uploads == len(pair.server.requests_to("POST", "/files/upload-for-llm"))


async def test_a_message_that_the_history_does_not_show_is_unknown() -> None:
    """Nothing is taken for absent; without an id an empty chat is told at once."""
    async with asked_before(answered=True) as pair:
        with pytest.raises(AnswerUnknownError) as caught:
            await pair.client.resume_answer(pair.message.chat_id, "00000000-0000-4000-8000-000000000000")
        assert "message_not_shown" == caught.value.code
        with pytest.raises(AnswerUnknownError):
            await pair.client.resume_answer((await pair.client.create_chat()).id)


async def test_what_is_no_question_is_refused() -> None:
    """An answer, a message and an id at once, and a message without its chat."""
    async with asked_before(answered=True) as pair:
        _, reply = (await pair.client.get_chat_history(pair.message.chat_id)).messages
        for arguments in ((reply,), (pair.message, pair.message.id), (attrs.evolve(pair.message, chat_id=""),)):
            with pytest.raises(ConfigurationError):
                pair.client.resume_answer(*arguments)
        with pytest.raises(ConfigurationError):
            await pair.client.resume_answer(pair.message.chat_id, reply.id)


async def test_the_chat_of_somebody_else_is_refused() -> None:
    """The server's refusal is raised at once."""
    async with asked_before(answered=True) as pair, client_of(pair.server, static_token="other") as other:
        pair.server.store.add_user("other", "other")
        with pytest.raises(PermissionDeniedError):
            await other.resume_answer(pair.message.chat_id).result()


def test_the_sync_client_takes_it_up_too() -> None:
    """The generated method does the same."""
    with running_server(ServerBehavior.CONTRACT) as server:
        with AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore()) as client:
            first = client.ask(client.create_chat().id, "Где ВРУ?")
        with (
            AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore()) as client,
            client.resume_answer(first.question.chat_id, first.question.id) as stream,
        ):
            assert first.text == "".join(stream.text_stream)
            assert first.question.id == stream.message.id
