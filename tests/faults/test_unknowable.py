"""What today's servers make impossible to know is said to be unknown; what they make visible is used."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import AnswerUnknownError, AsyncAnswerStream, ChatConflictError, DeliveryUnknownError
from aizoomdoc_client.testing import Deltas, Drop, Moment, Reset, ServerBehavior, Stall, Store, complex_answer
from tests.visits import Visit, folded, visit

TEXT = "Высота этажа 3,3 м."
OTHER = "Высота этажа по разрезу 3,6 м."
HALF = "Высота этажа "
BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])


async def asked(visited: Visit, answer: Any) -> AsyncAnswerStream:
    """A question that is posted, and whose answer is scripted."""
    visited.server.script_answer(answer)
    return await visited.client.send_message(await visited.chat(), "Какая высота?")


async def test_twin_message() -> None:
    """Somebody asks the same while our message is lost: two that could be ours are none, and the caller is told."""
    async with visit() as visited:
        chat = await visited.chat()
        for _ in range(2):
            visited.server.chats[chat.id].add("user", "Какая высота?")
        visited.server.respond("POST", "/chats/*/messages", Reset())
        with pytest.raises(DeliveryUnknownError):
            await visited.client.ask(chat, "Какая высота?")

        assert (1, 0) == (len(visited.server.requests_to("POST", "/chats/*/messages")), len(visited.server.model_runs))


async def test_full_history__message() -> None:
    """In a chat of a hundred messages nobody can see whether a lost one was stored: it is said, and never sent again."""
    async with visit() as visited:
        chat = await filled(visited)
        visited.server.respond("POST", "/chats/*/messages", Reset(when=Moment.AFTER_PROCESSING))
        with pytest.raises(DeliveryUnknownError):
            await visited.client.ask(chat, "Какая высота?")

        assert (1, 0) == (len(visited.server.posts), len(visited.server.model_runs))


@BOTH
async def test_full_history__answer(behavior: ServerBehavior) -> None:
    """Nor can they see its answer: the text so far is on the error, and the model does not run again on a guess."""
    async with visit(behavior) as visited:
        chat = await filled(visited)
        visited.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        with pytest.raises(AnswerUnknownError) as caught:
            await visited.client.ask(chat, "Какая высота?")

        assert (HALF, 1) == (caught.value.partial, len(visited.server.model_runs))


async def filled(visited: Visit) -> str:
    """A chat whose history shows nothing new."""
    chat = await visited.chat()
    for number in range(100):
        visited.server.chats[chat.id].add("user" if number % 2 == 0 else "assistant", str(number))
    return chat.id


@BOTH
async def test_foreign_question(behavior: ServerBehavior) -> None:
    """Somebody else asked in the chat before a dropped answer was complete: a re-run would answer them, so there is none."""
    async with visit(behavior) as visited:
        stream = await asked(visited, [Deltas([HALF]), Stall()])
        while stream.text != HALF:
            await anext(stream)
        visited.server.chats[stream.message.chat_id].add("user", "Другой вопрос")
        visited.server.model_runs[0].stream.drop(reset=False)
        with pytest.raises(ChatConflictError) as caught:
            await stream.result()

        assert (HALF, 1) == (caught.value.partial, len(visited.server.model_runs))


@BOTH
async def test_late_answer(behavior: ServerBehavior) -> None:
    """The run goes on unseen and stores its answer while the history is looked into: it is found, and nothing runs again."""
    async with visit(behavior) as visited:
        server = visited.server
        stream = await asked(visited, [Deltas([HALF]), Drop(reset=False, then="cancel")])
        server.respond("GET", "/chats/*", *[Later(server, stream.message.chat_id)])

        assert TEXT == (await stream.result()).text
        assert 1 == len(server.model_runs)


class Later:
    """The history as usual, and after it the answer is stored."""

    def __init__(self, server: Any, chat_id: str) -> None:
        self._server, self._chat_id = server, chat_id

    async def react(self, request: Any) -> Any:
        shown = await request.process()
        self._server.chats[self._chat_id].add("assistant", TEXT)
        return shown


@BOTH
async def test_rerun_differs(behavior: ServerBehavior) -> None:
    """Another run says something else: how much of the text still holds is announced before the rest, and nothing is hidden."""
    async with visit(behavior) as visited:
        stream = await asked(visited, [Deltas([HALF + "3,3"]), Drop(reset=False)])
        visited.server.script_answer(complex_answer(OTHER))
        events = [event async for event in stream]
        [restart] = [event.data for event in events if event.event == "answer_restarted"]

        assert (OTHER, OTHER) == (folded(events), stream.text)
        assert {"keep": len(HALF), "reason": "rerun"} == restart
        assert (1, 2) == (len(visited.server.posts), len(visited.server.model_runs))


@BOTH
async def test_rerun_repeats(behavior: ServerBehavior) -> None:
    """Another run says the same: what was delivered is not delivered again."""
    async with visit(behavior) as visited:
        stream = await asked(visited, [Deltas([HALF]), Drop(reset=False)])
        visited.server.script_answer(complex_answer(TEXT))
        pieces = [piece async for piece in stream.text_stream]

        assert (TEXT, 2) == ("".join(pieces), len(visited.server.model_runs))


@BOTH
async def test_stored_differs(behavior: ServerBehavior) -> None:
    """The stored answer is not the draft: what is stored wins, and the difference is announced."""
    async with visit(behavior) as visited:
        stream = await asked(visited, [Deltas([HALF + "3,3"]), Store(OTHER), Drop(reset=False)])
        events = [event async for event in stream]

        assert (OTHER, 1) == (folded(events), len(visited.server.model_runs))
        assert 1 == sum(event.event == "answer_restarted" for event in events)
