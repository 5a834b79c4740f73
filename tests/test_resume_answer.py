"""Taking an answer up again: in another process, after a reader that ended, with and without another run of the model."""

from __future__ import annotations

import pytest

from aizoomdoc_client import AnswerUnknownError, AsyncAIZoomDocClient, Message, StreamInterruptedError
from aizoomdoc_client.testing import Deltas, Drop, ServerBehavior, Store, complex_answer
from tests.client_and_server import ClientAndServer, client_and_server, client_of, folded

TEXT = "Высота этажа 3,3 м."
HALF = "Высота этажа "
BEHAVIORS = [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION]


async def posted(pair: ClientAndServer) -> Message:
    """A question whose reader ended before it read anything, as that of a process that died."""
    stream = await pair.client.send_message(await pair.chat(), "Какая высота?")
    await stream.close()
    return stream.message


async def interrupted(pair: ClientAndServer) -> Message:
    """A question whose answer was stored while nobody read it to its end."""
    pair.server.script_answer([Deltas([HALF]), Store(TEXT), Drop()])
    stream = await pair.client.send_message(await pair.chat(), "Какая высота?")
    await anext(stream)
    await stream.close()
    return stream.message


def another(pair: ClientAndServer) -> AsyncAIZoomDocClient:
    """A client that knows nothing, as that of another process."""
    return client_of(pair.server)


@pytest.mark.parametrize("behavior", BEHAVIORS)
async def test_a_stored_answer_is_adopted(behavior: ServerBehavior) -> None:
    """By the events of any answer, without a run, and without a message."""
    async with client_and_server(behavior) as pair:
        message = await interrupted(pair)
        async with another(pair) as other:
            stream = other.resume_answer(message.chat_id, message.id)
            events = [event async for event in stream]

            assert (TEXT, TEXT) == (folded(events), (await stream.result()).text)
            assert "llm_final" in {event.event for event in events}
            assert (1, 1) == (len(pair.server.posts), len(pair.server.model_runs))


@pytest.mark.parametrize("behavior", BEHAVIORS)
async def test_an_answer_that_is_not_there_is_made(behavior: ServerBehavior) -> None:
    """The model runs, once; nothing is posted."""
    async with client_and_server(behavior) as pair:
        message = await posted(pair)
        pair.server.script_answer(complex_answer(TEXT))
        async with another(pair) as other:
            answer = await other.resume_answer(message).result()

        assert (TEXT, message.id) == (answer.text, answer.question.id)
        assert (1, 1) == (len(pair.server.posts), len(pair.server.model_runs))


async def test_without_a_rerun_the_model_does_not_run() -> None:
    """An answer that is not there is an error that says so."""
    async with client_and_server() as pair:
        message = await posted(pair)
        async with another(pair) as other:
            with pytest.raises(StreamInterruptedError, match="rerun=False"):
                await other.resume_answer(message, rerun=False).result()

        assert [] == pair.server.model_runs


async def test_without_an_id_it_is_the_newest_message() -> None:
    """Of the user, in the chat."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.answer_with(complex_answer(TEXT))
        await pair.client.ask(chat, "Первый вопрос?")
        stream = await pair.client.send_message(chat, "Второй вопрос?")
        await stream.close()
        async with another(pair) as other, other.resume_answer(chat) as resumed:
            assert "Второй вопрос?" == resumed.message.content
            assert TEXT == (await resumed.result()).text


async def test_the_answer_of_an_older_question_is_its_own() -> None:
    """The next question's answer, which this client saw, is not taken for it."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        for text in ("первый", "второй"):
            pair.server.script_answer(complex_answer(text))
        first = await pair.client.ask(chat, "Первый вопрос?")
        await pair.client.ask(chat, "Второй вопрос?")

        assert "первый" == (await pair.client.resume_answer(first.question, rerun=False).result()).text


async def test_a_reader_that_ended_here_is_followed_by_another() -> None:
    """Also the same client adopts what its own broken stream left in the history."""
    async with client_and_server() as pair:
        message = await interrupted(pair)

        assert TEXT == (await pair.client.resume_answer(message, rerun=False).result()).text
        assert 1 == len(pair.server.model_runs)


async def test_a_message_that_is_not_there_is_named() -> None:
    """Nothing is posted, and the model does not run."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        with pytest.raises(AnswerUnknownError, match="does not show the message"):
            await pair.client.resume_answer(chat, "3f2b8c1e-0000-4000-8000-000000000000")

        assert ([], []) == (pair.server.posts, pair.server.model_runs)


async def test_the_chat_is_free_after_it() -> None:
    """The next question does not wait for an answer that was taken up and read."""
    async with client_and_server() as pair:
        message = await interrupted(pair)
        await pair.client.resume_answer(message).result()
        pair.server.script_answer(complex_answer("дальше"))

        assert "дальше" == (await pair.client.ask(message.chat_id, "Ещё?")).text
