"""One question at a time in a chat: when a turn ends, and what an unread question leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from aizoomdoc_client import AsyncAnswerStream, ServerError
from aizoomdoc_client.session import chat_queue
from aizoomdoc_client.testing import ServerBehavior, complex_answer, detail, drop_at
from tests.visits import Visit, visit

TEXT = "Высота этажа 3,3 м."


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that is not given back is waited for longer than any test may take."""
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
async def test_an_answer_that_is_left_unread_holds_nobody_up(leave: Callable[[AsyncAnswerStream], Awaitable[None]]) -> None:
    """Its chat is free at once, though the answer is still there."""
    async with visit() as visited:
        chat = await visited.chat()
        unread = await visited.client.send_message(chat, "Первый?")
        await leave(unread)
        visited.server.script_answer(complex_answer(TEXT))

        assert (TEXT, "Первый?") == ((await visited.client.ask(chat, "Второй?")).text, unread.message.content)


async def test_an_answer_that_cannot_be_opened_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose copy for the model fails fails its question, and the next one of the chat is asked."""
    monkeypatch.setattr(chat_queue, "UNREAD_GRACE", 0.0)
    (plan := tmp_path / "план.pdf").write_bytes(b"%PDF-1.7")
    async with visit(ServerBehavior.PRODUCTION) as visited:
        chat, stored = await visited.chat(), await visited.client.upload_file(plan)
        visited.server.respond("POST", "/files/upload-for-llm", detail(500, "Internal error"))
        failed = visited.client.send_message(chat, "Первый?", attached_file_ids=[stored.id])
        with pytest.raises(ServerError):
            await failed.result()
        visited.server.script_answer(complex_answer(TEXT))

        assert TEXT == (await visited.client.ask(chat, "Второй?")).text
        assert "Первый?" == failed.message.content


async def unread_and_closed(visited: Visit, chat: str) -> object:
    answer = await visited.client.send_message(chat, "Первый?")
    await answer.close()
    return answer


async def unread_and_overtaken(visited: Visit, chat: str) -> object:
    return await visited.client.send_message(chat, "Первый?")


async def unread_and_dropped(visited: Visit, chat: str) -> object:
    await visited.client.send_message(chat, "Первый?")
    return None


@pytest.mark.parametrize("ask", [unread_and_closed, unread_and_overtaken, unread_and_dropped])
async def test_a_question_that_nobody_read_has_no_run(
    ask: Callable[[Visit, str], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the answer that the history shows after the next one is the next one's: it is adopted, and the model runs once."""
    monkeypatch.setattr(chat_queue, "UNREAD_GRACE", 0.0)
    async with visit() as visited:
        chat = await visited.chat()
        kept = await ask(visited, chat.id)
        visited.server.script_answer(drop_at(complex_answer(TEXT), 2, then="finish"))
        answer = await visited.client.ask(chat, "Второй?")
        del kept

        assert (TEXT, 1) == (answer.text, len(visited.server.model_runs))
