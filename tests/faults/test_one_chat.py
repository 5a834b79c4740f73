"""Questions of one chat: given up at any moment, and asked by several spellings of the chat's id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, ChatConflictError, MemoryTokenStore
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import Hang, ScriptedServer, ServerBehavior, complex_answer, drop_at, running_server
from tests.client_and_server import ClientAndServer, client_and_server, no_wait
from tests.sync.signals import interrupted_once

BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])
FIRST, SECOND = "Где ВРУ?", "Какая высота?"


class Stores:
    """Processes a request as usual, after the chat got another row."""

    def __init__(self, server: ScriptedServer, chat_id: str, *, role: str, content: str) -> None:
        self._store: Callable[[], Any] = lambda: server.chats[chat_id].add(role, content)

    async def react(self, request: Any) -> Any:
        self._store()
        return await request.process()


async def give_up(pair: ClientAndServer, chat: Any, method: str, path: str) -> None:
    """Asks `FIRST` with a time-out that ends while a request waits for its response."""
    rule = pair.server.respond(method, path, Hang())
    asking = asyncio.ensure_future(pair.client.ask(chat, FIRST))
    await pair.server.until(lambda: bool(rule.requests))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asking, 0)


@BOTH
async def test_given_up__opening(behavior: ServerBehavior) -> None:
    """Its run goes on and stores an answer after the next question, whose stream drops: another run answers that one."""
    async with client_and_server(behavior) as pair:
        pair.server.answer_with(lambda question: complex_answer(f"to {question.text}"))
        chat = await pair.chat()
        await give_up(pair, chat, "WS" if behavior is ServerBehavior.CONTRACT else "GET", "/chats/*/stream")
        pair.server.script_answer(drop_at(complex_answer("half"), 5, then="cancel"), question=SECOND)
        pair.server.respond("GET", f"/chats/{chat.id}", Stores(pair.server, chat.id, role="assistant", content=f"to {FIRST}"))

        assert f"to {SECOND}" == (await pair.client.ask(chat, SECOND)).text
        assert 2 == len(pair.server.model_runs)


@BOTH
def test_given_up__ctrl_c(behavior: ServerBehavior) -> None:
    """The same in sync code, where Ctrl-C ends the wait for the stream."""
    stream = ("WS" if behavior is ServerBehavior.CONTRACT else "GET", "/chats/*/stream")
    with (
        waiting_by(no_wait),
        running_server(behavior) as server,
        AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore()) as client,
    ):
        chat = client.create_chat()
        rule = server.respond(*stream, Hang())
        with (
            pytest.raises(KeyboardInterrupt),
            interrupted_once(lambda: server.until_blocking(lambda: bool(rule.requests))),
        ):
            client.ask(chat, FIRST)
        server.script_answer(drop_at(complex_answer("half"), 5, then="cancel"))
        server.script_answer(complex_answer(f"to {SECOND}"))
        server.respond("GET", f"/chats/{chat.id}", Stores(server, chat.id, role="assistant", content=f"to {FIRST}"))

        assert f"to {SECOND}" == client.ask(chat, SECOND).text


@BOTH
async def test_given_up__posting(behavior: ServerBehavior) -> None:
    """Its message is stored after the next question, so the server answers it: no answer rather than that one."""
    async with client_and_server(behavior) as pair:
        chat = await pair.chat()
        await give_up(pair, chat, "POST", "/chats/*/messages")
        method = "WS" if behavior is ServerBehavior.CONTRACT else "GET"
        pair.server.respond(method, "/chats/*/stream", Stores(pair.server, chat.id, role="user", content=FIRST))
        with pytest.raises(ChatConflictError):
            await pair.client.ask(chat, SECOND)

        assert (2, 1) == (len(pair.server.requests_to("POST", "/chats/*/messages")), len(pair.server.model_runs))


@BOTH
@pytest.mark.parametrize("spelling", ["capitals", "without dashes", "in braces"])
async def test_id_spellings(behavior: ServerBehavior, spelling: str) -> None:
    """Two questions at once wait for each other, and each gets its own answer."""
    async with client_and_server(behavior) as pair:
        pair.server.answer_with(lambda question: complex_answer(f"to {question.text}"))
        chat = await pair.chat()
        spelled = {"capitals": chat.id.upper(), "without dashes": UUID(chat.id).hex, "in braces": f"{{{chat.id}}}"}[spelling]
        answers = await asyncio.gather(pair.client.ask(chat.id, FIRST), pair.client.ask(spelled, SECOND))

        assert [f"to {FIRST}", f"to {SECOND}"] == [answer.text for answer in answers]


@BOTH
async def test_clients_of_one_user(behavior: ServerBehavior) -> None:
    """Each question is asked by a client of its own, with the same file: each gets its own answer, and the file is sent once."""
    async with ScriptedServer(behavior, static_tokens=("one", "two")) as server:
        server.answer_with(lambda question: complex_answer(f"to {question.text}"))
        async with AsyncAIZoomDocClient(server.url, "two", token_store=MemoryTokenStore()) as client:
            chat = await client.with_options(static_token="one").create_chat()
            await client.with_options(static_token="one").ask(chat, FIRST, files=[b"plan"])
            uploads = sum("upload" in request.path for request in server.requests)
            asking = [client.with_options(static_token="one").ask(chat, text, files=[b"plan"]) for text in (FIRST, SECOND)]
            answers = await asyncio.gather(*asking)
            again = sum("upload" in request.path for request in server.requests)
            await client.ask(await client.create_chat(), FIRST, files=[b"plan"])

        assert [f"to {FIRST}", f"to {SECOND}"] == [answer.text for answer in answers]
        assert uploads == again < sum("upload" in request.path for request in server.requests)


@BOTH
async def test_another_user(behavior: ServerBehavior) -> None:
    """The file that the user of before uploaded is uploaded again, by those that share the login, too."""
    async with ScriptedServer(behavior, static_tokens=("one", "two")) as server:
        async with AsyncAIZoomDocClient(server.url, "one", token_store=MemoryTokenStore()) as client:
            sibling = client.with_options(timeout=30)
            await client.ask(await client.create_chat(), FIRST, files=[b"plan"])
            before = sum("upload" in request.path for request in server.requests)
            await client.authenticate("two")
            await sibling.ask(await sibling.create_chat(), FIRST, files=[b"plan"])

        assert before < sum("upload" in request.path for request in server.requests)
