"""Outcomes that today's servers hide raise "unknown" errors; outcomes that the history shows are used."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from aizoomdoc_client import AnswerUnknownError, AsyncAnswerStream, ChatConflictError, DeliveryUnknownError
from aizoomdoc_client.testing import Deltas, Drop, Moment, Reset, ServerBehavior, Stall, Store, complex_answer, html_page
from tests.client_and_server import ClientAndServer, client_and_server, folded

TEXT = "Высота этажа 3,3 м."
OTHER = "Высота этажа по разрезу 3,6 м."
HALF = "Высота этажа "
BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])


async def asked(pair: ClientAndServer, answer: Any) -> AsyncAnswerStream:
    """A question that is posted, and whose answer is scripted."""
    pair.server.script_answer(answer)
    return await pair.client.send_message(await pair.chat(), "Какая высота?")


async def test_twin_message() -> None:
    """Another user posts the same text while our message is lost: neither can be identified, so the call raises."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        for _ in range(2):
            pair.server.chats[chat.id].add("user", "Какая высота?")
        pair.server.respond("POST", "/chats/*/messages", Reset())
        with pytest.raises(DeliveryUnknownError):
            await pair.client.ask(chat, "Какая высота?")

        assert (1, 0) == (len(pair.server.requests_to("POST", "/chats/*/messages")), len(pair.server.model_runs))


async def test_full_history__message() -> None:
    """In a chat of a hundred messages a lost one cannot be looked up: the call raises, and never sends it again."""
    async with client_and_server() as pair:
        chat = await filled(pair)
        pair.server.respond("POST", "/chats/*/messages", Reset(when=Moment.AFTER_PROCESSING))
        with pytest.raises(DeliveryUnknownError):
            await pair.client.ask(chat, "Какая высота?")

        assert (1, 0) == (len(pair.server.posts), len(pair.server.model_runs))


@BOTH
async def test_full_history__answer(behavior: ServerBehavior) -> None:
    """Its answer cannot be looked up either: the error has the text so far, and the model does not run again."""
    async with client_and_server(behavior) as pair:
        chat = await filled(pair)
        pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        with pytest.raises(AnswerUnknownError) as caught:
            await pair.client.ask(chat, "Какая высота?")

        assert (HALF, 1) == (caught.value.partial, len(pair.server.model_runs))


async def filled(pair: ClientAndServer) -> str:
    """A chat whose history shows nothing new."""
    chat = await pair.chat()
    for number in range(100):
        pair.server.chats[chat.id].add("user" if number % 2 == 0 else "assistant", str(number))
    return chat.id


@BOTH
async def test_foreign_question(behavior: ServerBehavior) -> None:
    """Another user asked before a dropped answer was complete: a re-run would answer that question, so there is none."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF]), Stall()])
        while stream.text != HALF:
            await anext(stream)
        pair.server.chats[stream.message.chat_id].add("user", "Другой вопрос")
        pair.server.model_runs[0].stream.drop(reset=False)
        with pytest.raises(ChatConflictError) as caught:
            await stream.result()

        assert (HALF, 1) == (caught.value.partial, len(pair.server.model_runs))


@BOTH
async def test_late_answer(behavior: ServerBehavior) -> None:
    """The run goes on after the drop and stores its answer during the history reads: it is found, without another run."""
    async with client_and_server(behavior) as pair:
        server = pair.server
        stream = await asked(pair, [Deltas([HALF]), Drop(reset=False, then="cancel")])
        server.respond("GET", "/chats/*", *[Later(server, stream.message.chat_id)])

        assert TEXT == (await stream.result()).text
        assert 1 == len(server.model_runs)


class Later:
    """Returns the usual history, and then stores the answer."""

    def __init__(self, server: Any, chat_id: str) -> None:
        self._server, self._chat_id = server, chat_id

    async def react(self, request: Any) -> Any:
        shown = await request.process()
        self._server.chats[self._chat_id].add("assistant", TEXT)
        return shown


class Listed:
    """Returns the history with other rows than the stored ones."""

    def __init__(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        self._change = change

    async def react(self, request: Any) -> Any:
        shown = json.loads((await request.process()).body)
        return web.json_response({**shown, "messages": self._change(shown["messages"])})


def note(role: str, content: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with another one after them."""
    return [*rows, {**rows[-1], "id": "note", "role": role, "content": content}]


@BOTH
@pytest.mark.parametrize(("role", "content"), [("tool", "INTERNAL NOTE"), ("system", "INTERNAL NOTE"), ("assistant", "")])
async def test_no_answer_rows(behavior: ServerBehavior, role: str, content: str) -> None:
    """A row that is no answer is not adopted: the answer is, which is stored after the next look."""
    async with client_and_server(behavior) as pair:
        server = pair.server
        stream = await asked(pair, [Deltas([HALF]), Drop(reset=False, then="cancel")])
        later = Later(server, stream.message.chat_id)
        server.respond("GET", "/chats/*", Listed(functools.partial(note, role, content)), later)

        assert (TEXT, 1) == ((await stream.result()).text, len(server.model_runs))


@BOTH
async def test_no_answer_rows__newest_first(behavior: ServerBehavior) -> None:
    """In a history that is newest first, the row after our question is the previous question's answer."""
    async with client_and_server(behavior) as pair:
        server, chat = pair.server, await pair.chat()
        await pair.client.ask(chat, "Где ВРУ?")
        server.script_answer([Deltas([HALF]), Store(TEXT), Drop(reset=False)])
        server.respond("GET", "/chats/*", *[Listed(lambda rows: rows[::-1])] * 9)

        assert TEXT == (await pair.client.ask(chat, "Какая высота?")).text
        assert 2 == len(server.model_runs)


@BOTH
async def test_no_answer_rows__listed_twice(behavior: ServerBehavior) -> None:
    """A message that is listed twice is one message, and no other user's question."""
    async with client_and_server(behavior) as pair:
        server, chat = pair.server, await pair.chat()
        server.script_answer([Deltas([HALF]), Store(TEXT), Drop(reset=False)])
        server.respond("GET", "/chats/*", *[Listed(lambda rows: [row for row in rows for _ in range(2)])] * 9)

        assert TEXT == (await pair.client.ask(chat, "Какая высота?")).text
        assert 1 == len(server.model_runs)


@BOTH
async def test_rerun_differs(behavior: ServerBehavior) -> None:
    """A re-run with another text: `answer_restarted` with the length of the common part comes before the rest."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF + "3,3"]), Drop(reset=False)])
        pair.server.script_answer(complex_answer(OTHER))
        events = [event async for event in stream]
        [restart] = [event.data for event in events if event.event == "answer_restarted"]

        assert (OTHER, OTHER) == (folded(events), stream.text)
        assert {"keep": len(HALF), "reason": "rerun"} == restart
        assert (1, 2) == (len(pair.server.posts), len(pair.server.model_runs))


@BOTH
async def test_rerun_repeats(behavior: ServerBehavior) -> None:
    """A re-run with the same text: delivered text is not delivered again."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF]), Drop(reset=False)])
        pair.server.script_answer(complex_answer(TEXT))
        pieces = [piece async for piece in stream.text_stream]

        assert (TEXT, 2) == ("".join(pieces), len(pair.server.model_runs))


@BOTH
async def test_stored_differs(behavior: ServerBehavior) -> None:
    """A stored answer that differs from the text so far wins, after an `answer_restarted`."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF + "3,3"]), Store(OTHER), Drop(reset=False)])
        events = [event async for event in stream]

        assert (OTHER, 1) == (folded(events), len(pair.server.model_runs))
        assert 1 == sum(event.event == "answer_restarted" for event in events)


@BOTH
async def test_unreadable_history(behavior: ServerBehavior) -> None:
    """After a drop the history fails each time: the error has the reason of the last read, and its status."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, [Deltas([HALF]), Drop(reset=False)])
        pair.server.respond("GET", "/chats/*", *[html_page(502)] * 50)
        with pytest.raises(AnswerUnknownError, match="could not be read: 502 Bad Gateway") as caught:
            await stream.result()

        assert ("history_unreadable", 502, HALF, 1) == (
            caught.value.code,
            caught.value.status_code,
            caught.value.partial,
            len(pair.server.model_runs),
        )


async def test_unreadable_history__it_shows_no_question() -> None:
    """A history that can be read and does not show the question cannot tell."""
    async with client_and_server() as pair:
        stream = await asked(pair, [Deltas([HALF]), Drop(reset=False)])
        pair.server.respond("GET", "/chats/*", *[Listed(lambda _: [])] * 50)
        with pytest.raises(AnswerUnknownError) as caught:
            await stream.result()

        assert ("history_cannot_tell", None) == (caught.value.code, caught.value.status_code)
