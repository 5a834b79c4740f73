"""What an executor asks a client for: which message it looks for, and how long it says that nobody has read an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import AsyncMock

import pytest

from aizoomdoc_client import Chat, ChatHistory, Message, StreamInterruptedError
from aizoomdoc_client.batch import BatchDocument, BatchQuestion, BatchTask, BatchUnit
from aizoomdoc_client.batch.executor import ClientExecutor, Work
from aizoomdoc_client.batch.steps import Failure, FindMessage, MessageFound, MessageMissing, Read

TASK = BatchTask(document=BatchDocument(name="План", document_id="d"), question=BatchQuestion(text="?"))


class InterruptedClient:
    """Its answers break off; it notes how long each had not been read, in whole seconds."""

    def __init__(self) -> None:
        self.unread_for: list[int] = []

    @asynccontextmanager
    async def resume_answer(self, *_: str, unread_for: float, **__: Any) -> AsyncIterator[AsyncIterator[Any]]:
        self.unread_for.append(round(unread_for))
        yield self._broken()

    async def _broken(self) -> AsyncIterator[Any]:
        raise StreamInterruptedError("The connection was dropped")
        yield


@pytest.mark.parametrize(("alone_for", "told"), [(3600.0, [3600, 0, 3600]), (-60.0, [0, 0, 0]), (None, [0, 0, 0])])
async def test_what_this_process_reads_itself_was_read_until_now(alone_for: float | None, told: list[int]) -> None:
    """Only an answer that it has not read from yet was last read before it was alone, which an executor need not know."""
    client: Any = InterruptedClient()
    options = {} if alone_for is None else {"alone_since": asyncio.get_running_loop().time() - alone_for}
    executor = ClientExecutor(client, **options)
    for message in ("m1", "m1", "m2"):
        work = Work(unit=BatchUnit.of(TASK, "digest"), step=Read("c", message))
        assert isinstance(await executor.perform(work, lambda _: None), Failure)

    assert told == client.unread_for


def asked(number: int) -> Message:
    return Message(id=f"m{number}", role="USER ", content="?", created_at=datetime(2026, 1, 1, 12, number, tzinfo=UTC))


ANSWER = Message(id="a", role="assistant", content="3,3 м", created_at=datetime(2026, 1, 1, 12, 1, 30, tzinfo=UTC))
ROWS = (asked(1), ANSWER, asked(2))


@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]], ids=["oldest first", "newest first"])
async def test_a_message_is_found_by_its_number_in_any_order(rows: tuple[Message, ...]) -> None:
    """The second one is the correction; taken for the first, it would get an answer that does not fit."""
    client: Any = AsyncMock()
    client.get_chat_history.return_value = ChatHistory(chat=Chat(id="c"), messages=rows)
    executor = ClientExecutor(client)
    unit = BatchUnit.of(TASK, "digest")
    found = [await executor.perform(Work(unit=unit, step=FindMessage("c", number)), print) for number in (1, 2, 3)]

    assert [MessageFound("m1"), MessageFound("m2"), MessageMissing()] == found
