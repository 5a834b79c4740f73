"""One question at a time in a chat: when its slot is released, and the effects of an unread question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest

from aizoomdoc_client import AsyncAnswerStream, ServerError
from aizoomdoc_client.session import chat_queue
from aizoomdoc_client.testing import ServerBehavior, complex_answer, detail, drop_at
from tests.client_and_server import ClientAndServer, client_and_server

TEXT = "Высота этажа 3,3 м."


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot that is not released is waited for longer than any test may take."""
    monkeypatch.setattr(chat_queue, "UNREAD_GRACE", 3600.0)


async def closed(answer: AsyncAnswerStream) -> None:
    await answer.close()


async def cancelled(answer: AsyncAnswerStream) -> None:
    answer.cancel()


async def left(answer: AsyncAnswerStream) -> None:
    async with answer:
        pass


@pytest.mark.usefixtures("_patient")
@pytest.mark.parametrize("leave", [closed, cancelled, left])
async def test_an_unread_answer_releases_its_slot(leave: Callable[[AsyncAnswerStream], Awaitable[None]]) -> None:
    """The chat's slot is released at once, although the answer object still exists."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        unread = await pair.client.send_message(chat, "Первый?")
        await leave(unread)
        pair.server.script_answer(complex_answer(TEXT))

        assert (TEXT, "Первый?") == ((await pair.client.ask(chat, "Второй?")).text, unread.message.content)


async def test_an_answer_that_cannot_be_opened_releases_its_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose copy for the model fails fails its question, and the next one of the chat is asked."""
    monkeypatch.setattr(chat_queue, "UNREAD_GRACE", 0.0)
    (plan := tmp_path / "план.pdf").write_bytes(b"%PDF-1.7")
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        chat, stored = await pair.chat(), await pair.client.upload_file(plan)
        pair.server.respond("POST", "/files/upload-for-llm", detail(500, "Internal error"))
        failed = pair.client.send_message(chat, "Первый?", attached_file_ids=[stored.id])
        with pytest.raises(ServerError):
            await failed.result()
        pair.server.script_answer(complex_answer(TEXT))

        assert TEXT == (await pair.client.ask(chat, "Второй?")).text
        assert "Первый?" == failed.message.content


async def unread_and_closed(pair: ClientAndServer, chat: str) -> object:
    answer = await pair.client.send_message(chat, "Первый?")
    await answer.close()
    return answer


async def unread_and_overtaken(pair: ClientAndServer, chat: str) -> object:
    return await pair.client.send_message(chat, "Первый?")


async def unread_and_dropped(pair: ClientAndServer, chat: str) -> object:
    await pair.client.send_message(chat, "Первый?")
    return None


@pytest.mark.parametrize("ask", [unread_and_closed, unread_and_overtaken, unread_and_dropped])
async def test_a_question_that_nobody_read_has_no_run(
    ask: Callable[[ClientAndServer, str], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Therefore the answer in the history after the next question is that question's: it is adopted, and the model runs once."""
    monkeypatch.setattr(chat_queue, "UNREAD_GRACE", 0.0)
    async with client_and_server() as pair:
        chat = await pair.chat()
        kept = await ask(pair, chat.id)
        pair.server.script_answer(drop_at(complex_answer(TEXT), 2, then="finish"))
        answer = await pair.client.ask(chat, "Второй?")
        del kept

        assert (TEXT, 1) == (answer.text, len(pair.server.model_runs))


SPELLINGS: dict[str, Callable[[str], str | UUID]] = {
    "capitals": str.upper,
    "no dashes": lambda chat_id: UUID(chat_id).hex,
    "braces": lambda chat_id: f"{{{chat_id}}}",
    "urn": lambda chat_id: UUID(chat_id).urn,
    "UUID": UUID,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_two_spellings_of_a_chats_id_are_one_chat(spelling: str) -> None:
    """Questions asked at the same time wait for each other; otherwise the server would answer the last one twice."""
    async with client_and_server() as pair:
        pair.server.answer_with(lambda question: complex_answer(f"to {question.text}"))
        chat = await pair.chat()
        answers = await asyncio.gather(
            pair.client.ask(chat.id, "first?"), pair.client.ask(SPELLINGS[spelling](chat.id), "second?")
        )

        assert ["to first?", "to second?"] == [answer.text for answer in answers]
        assert {chat.id} == {request.path.split("/")[2] for request in pair.server.requests if request.path.startswith("/chats/")}


def test_what_is_known_of_chats_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chats used last are kept, and one in use whatever its age: it must not get a second state."""
    monkeypatch.setattr(chat_queue, "CHATS_KEPT", 10)
    states = chat_queue.ChatStates()
    in_use = states.of("in use")
    for number in range(1000):
        states.of(f"chat {number}")

    assert (10, in_use) == (len(states), states.of("in use"))
