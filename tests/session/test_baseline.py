"""The baseline: the history read before a question, to find out later whether the message was stored; and its failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from aizoomdoc_client import (
    APIError,
    APITimeoutError,
    AsyncAIZoomDocClient,
    Chat,
    DeliveryUnknownError,
    GatewayError,
    RateLimitError,
)
from aizoomdoc_client.testing import (
    Hang,
    Moment,
    Normally,
    Reply,
    Reset,
    ScriptedServer,
    ServerBehavior,
    html_page,
    internal_error,
)
from tests.client_and_server import client_and_server, client_of

NOT_POSTED = "The message was not posted"


@asynccontextmanager
async def stranger(**options: Any) -> AsyncIterator[tuple[ScriptedServer, AsyncAIZoomDocClient, Chat]]:
    """A server, a client, and a chat that the client did not make."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair, client_of(pair.server, **options) as client:
        yield pair.server, client, await pair.chat()


@pytest.mark.parametrize("broken", [internal_error(), Reply(200, "no JSON")], ids=["500", "unreadable"])
async def test_a_server_whose_history_alone_is_broken_can_be_asked(broken: Any) -> None:
    """The message is posted once and answered; only recovery by the history is impossible."""
    async with stranger() as (server, client, chat):
        server.respond("GET", "/chats/*", *[broken] * 50)
        answer = await client.ask(chat.id, "Где ВРУ?")

        assert answer.text == server.chats[str(chat.id)].answers[0].content
        assert (1, 1) == (len(server.posts), len(server.model_runs))


async def test_without_the_history_a_lost_receipt_is_told_and_nothing_is_sent_again() -> None:
    """The server has the message but the client cannot know it: `DeliveryUnknownError` at once, after one attempt."""
    async with stranger() as (server, client, chat):
        server.respond("GET", "/chats/*", *[internal_error()] * 50)
        server.respond("POST", "/chats/*/messages", Reset(when=Moment.AFTER_PROCESSING))
        with pytest.raises(DeliveryUnknownError):
            await client.ask(chat.id, "Где ВРУ?")

        assert 1 == len(server.requests_to("POST", "/chats/*/messages"))
        assert 1 == len(server.chats[str(chat.id)].messages)


@pytest.mark.parametrize("is_stored", [True, False])
async def test_an_empty_history_is_no_baseline(is_stored: bool) -> None:
    """A server whose database fails shows one, too: the message found afterwards may be an older one that was hidden."""
    async with stranger() as (server, client, chat):
        if not is_stored:
            server.chats[str(chat.id)].add("user", "Где ВРУ?")
            server.respond("GET", "/chats/*", Reply(200, {"chat": {"id": str(chat.id)}, "messages": []}), Normally())
        when = Moment.AFTER_PROCESSING if is_stored else Moment.AFTER_BODY
        server.respond("POST", "/chats/*/messages", Reset(when=when))
        with pytest.raises(DeliveryUnknownError):
            await client.ask(chat.id, "Где ВРУ?")

        assert 1 == len(server.chats[str(chat.id)].messages)


async def test_a_history_that_works_again_is_read_before_the_next_question() -> None:
    """A baseline that could not be read is read again, so that the next lost response is recovered."""
    async with stranger() as (server, client, chat):
        server.respond("GET", "/chats/*", *[internal_error()] * 4)  # three attempts, and one with another token
        await client.ask(chat.id, "Где ВРУ?")
        server.respond("POST", "/chats/*/messages", Reset(when=Moment.AFTER_PROCESSING))
        answer = await client.ask(chat.id, "А где ЩО?")

        assert "А где ЩО?" == answer.question.content
        assert (2, 2) == (len(server.posts), len(server.model_runs))


@pytest.mark.parametrize(
    ("reaction", "kind"),
    [(html_page(502), GatewayError), (Reply(429), RateLimitError), (Reset(), APIError)],
    ids=["502", "429", "reset"],
)
async def test_a_server_that_is_away_is_told_before_anything_is_posted(reaction: Any, kind: type[APIError]) -> None:
    """The error keeps its class and its attempts, and says that nothing was posted: asking again is safe."""
    async with stranger() as (server, client, chat):
        server.respond("GET", "/chats/*", *[reaction] * 3, Normally())
        with pytest.raises(kind, match=NOT_POSTED) as caught:
            await client.ask(chat.id, "Где ВРУ?")
        assert (3, "GET", f"/chats/{chat.id}") == (caught.value.attempts, caught.value.method, caught.value.path)
        assert [] == server.requests_to("POST", "/chats/*/messages")
        await client.ask(chat.id, "Где ВРУ?")

        assert 1 == len(server.posts)


async def test_a_history_that_takes_too_long_names_its_deadline() -> None:
    """The error has the time-out that fired and the number of attempts."""
    async with stranger(timeout=0.2) as (server, client, chat):
        await client.get_me()
        server.respond("GET", "/chats/*", *[Hang()] * 3)
        with pytest.raises(APITimeoutError, match=NOT_POSTED) as caught:
            await client.ask(chat.id, "Где ВРУ?")

        assert ("request", 3) == (caught.value.deadline, caught.value.attempts)
        assert [] == server.posts
