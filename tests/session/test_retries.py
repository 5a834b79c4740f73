"""What is sent again and how often: counted by the server."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from aizoomdoc_client import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncAIZoomDocClient,
    ConflictError,
    DeliveryUnknownError,
    GatewayError,
    MemoryTokenStore,
    RateLimitError,
    RetryPolicy,
    ServerError,
)
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    CloseSilently,
    Hang,
    Moment,
    Normally,
    RawReply,
    Reply,
    Reset,
    ServerBehavior,
    html_page,
    internal_error,
)
from tests.visits import visit

BUSY = Reply(429, {"detail": "Too many requests"}, {"Retry-After": "0.01"})
AWAY = html_page(503, {"Retry-After": "0.01"})
ONCE = RetryPolicy(attempts=1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_refused_connection_is_tried_three_times() -> None:
    """Nobody listens: surely nothing was processed, and the error counts the attempts."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    with waiting_by(wait):
        client = AsyncAIZoomDocClient(f"http://127.0.0.1:{free_port()}", "token", token_store=MemoryTokenStore())
        with pytest.raises(APIConnectionError, match="3 attempts") as caught:
            await client.create_chat("Тест")
        await client.close()

    assert (3, False, None) == (caught.value.attempts, caught.value.request_sent, caught.value.status_code)
    assert 2 == len(waits)


@pytest.mark.parametrize("reaction", [BUSY, AWAY], ids=["429", "503"])
@pytest.mark.parametrize("call", ["get_me", "create_chat"])
async def test_a_busy_server_is_asked_again(reaction: Reply, call: str) -> None:
    """429, and 503 with Retry-After, surely processed nothing: even a POST is sent again."""
    async with visit() as visited:
        method, path = {"get_me": ("GET", "/me"), "create_chat": ("POST", "/chats")}[call]
        rule = visited.server.respond(method, path, reaction, reaction)
        await getattr(visited.client, call)()

        assert (3, 0) == (len(visited.server.requests_to(method, path)), rule.left)


@pytest.mark.parametrize(("reaction", "error"), [(BUSY, RateLimitError), (AWAY, GatewayError)], ids=["429", "503"])
async def test_patience_has_an_end(reaction: Reply, error: type[APIError]) -> None:
    """After three attempts the error says what the server wished and how often it was asked."""
    async with visit() as visited:
        visited.server.respond("POST", "/chats", *[reaction] * 9)
        with pytest.raises(error) as caught:
            await visited.client.create_chat()

        assert (3, 0.01) == (caught.value.attempts, caught.value.retry_after)
        assert 3 == len(visited.server.requests_to("POST", "/chats"))


async def test_the_servers_wish_is_waited_for() -> None:
    """The wait is no shorter than Retry-After, and a wish of hours is not waited for at all."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async with visit() as visited:
        with waiting_by(wait):
            visited.server.respond("GET", "/me", Reply(429, {"detail": "later"}, {"Retry-After": "17"}))
            await visited.client.get_me()
            visited.server.respond("GET", "/me", Reply(429, {"detail": "later"}, {"Retry-After": "7200"}))
            with pytest.raises(RateLimitError) as caught:
                await visited.client.get_me()

    assert 1 == len(waits)
    assert 17 <= waits[0] <= 17.5
    assert (7200, 1) == (caught.value.retry_after, caught.value.attempts)


@pytest.mark.parametrize("wish", ["-5", "nan", "inf", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 400])
async def test_a_senseless_wish_is_no_wish(wish: str) -> None:
    """Past, negative, infinite or unreadable: plain backoff."""
    async with visit() as visited:
        visited.server.respond("GET", "/me", Reply(429, {"detail": "later"}, {"Retry-After": wish}))
        await visited.client.get_me()

        assert 2 == len(visited.server.requests_to("GET", "/me"))


@pytest.mark.parametrize(
    "reaction",
    [Reset(), Reset(reset=False), Reset(when=Moment.BEFORE_BODY), html_page(502), html_page(504), RawReply(b"garbage\r\n\r\n")],
    ids=["reset", "fin", "before-body", "502", "504", "garbage"],
)
async def test_an_ambiguous_failure_repeats_what_is_harmless(reaction: Any) -> None:
    """A GET and a DELETE go again."""
    async with visit() as visited:
        chat = await visited.chat()
        visited.server.respond("GET", "/me", reaction)
        visited.server.respond("DELETE", "/chats/*", reaction)
        await visited.client.get_me()
        await visited.client.delete_chat(chat)

        assert 2 == len(visited.server.requests_to("GET", "/me"))
        assert 2 == len(visited.server.requests_to("DELETE", "/chats/*"))


@pytest.mark.parametrize(
    "reaction", [Reset(), Reset(when=Moment.AFTER_PROCESSING), html_page(502), html_page(504), html_page(503), internal_error()]
)
async def test_an_ambiguous_failure_repeats_no_post(reaction: Any) -> None:
    """What may have made a chat already is not sent again."""
    async with visit() as visited:
        await visited.client.get_me()
        visited.server.respond("POST", "/chats", reaction)
        with pytest.raises(APIError) as caught:
            await visited.client.create_chat()

        assert (1, 1) == (len(visited.server.requests_to("POST", "/chats")), caught.value.attempts)


@pytest.mark.parametrize("reaction", [Reset(), html_page(502), html_page(504), internal_error(), Reset(reset=False)])
async def test_a_message_that_was_lost_is_not_sent_again(reaction: Any) -> None:
    """The server never processed it, but that cannot be known: the history is asked, and then the caller."""
    async with visit() as visited:
        chat = await visited.chat()
        visited.server.respond("POST", "/chats/*/messages", reaction)
        with pytest.raises((DeliveryUnknownError, APIError)):
            await visited.client.ask(chat, "Где ВРУ?")

        assert 1 == len(visited.server.requests_to("POST", "/chats/*/messages"))
        assert [] == visited.server.messages(chat.id)
        assert [] == visited.server.model_runs


@pytest.mark.parametrize(
    "reaction",
    [Reset(when=Moment.AFTER_PROCESSING), Reply(201, b'{"id": "cut of', when=Moment.AFTER_PROCESSING)],
    ids=["lost", "unreadable"],
)
async def test_a_message_whose_receipt_was_lost_is_found(reaction: Any) -> None:
    """It was stored: the history shows it, and the answer goes on from there, with one message and one run."""
    async with visit() as visited:
        chat = await visited.chat()
        visited.server.respond("POST", "/chats/*/messages", reaction)
        answer = await visited.client.ask(chat, "Где ВРУ?")

        assert ["user", "assistant"] == [message.role for message in visited.server.messages(chat.id)]
        assert answer.question.id == visited.server.messages(chat.id)[0].id
        assert 1 == len(visited.server.requests_to("POST", "/chats/*/messages"))


@pytest.mark.parametrize("reaction", [BUSY, AWAY])
async def test_a_message_that_surely_was_not_taken_goes_again(reaction: Reply) -> None:
    """After a 429 or a 503 with Retry-After the same message is sent again and stored once."""
    async with visit() as visited:
        chat = await visited.chat()
        visited.server.respond("POST", "/chats/*/messages", reaction)
        await visited.client.ask(chat, "Где ВРУ?")

        assert ["user", "assistant"] == [message.role for message in visited.server.messages(chat.id)]


async def test_every_post_has_a_key_that_its_attempts_share() -> None:
    """One key for all attempts at one request, another for the next."""
    async with visit(ServerBehavior.PRODUCTION) as visited:
        chat = await visited.chat()
        visited.server.respond("POST", "**", BUSY, BUSY)
        await visited.client.ask(chat, "Где ВРУ?")
        await visited.client.upload_file(b"%PDF-")
        await visited.client.logout()
        posts = visited.server.requests_to("POST", "**")
        keys = [(request.path, request.headers.get("Idempotency-Key")) for request in posts]
        messages = [key for path, key in keys if path.endswith("/messages")]

        assert all(key for _, key in keys)
        assert (3, 1) == (len(messages), len(set(messages)))
        assert len(keys) - 2 == len(set(keys))


async def test_a_conflict_is_asked_again_with_its_key() -> None:
    """A server that is still working on the first sending answers 409; the key makes another look harmless."""
    async with visit() as visited:
        visited.server.respond("POST", "/chats", Reply(409, {"detail": "in progress"}))
        await visited.client.create_chat()
        visited.server.respond("POST", "/chats", *[Reply(409, {"detail": "in progress"})] * 5)
        with pytest.raises(ConflictError):
            await visited.client.create_chat()

        assert 2 + 3 == len(visited.server.requests_to("POST", "/chats"))


async def test_retries_can_be_turned_off() -> None:
    """`attempts=1` sends everything once."""
    async with visit() as visited:
        client = visited.client.with_options(retry=ONCE)
        await client.get_me()
        visited.server.respond("GET", "/me", BUSY)
        with pytest.raises(RateLimitError) as caught:
            await client.get_me()

        assert 1 == caught.value.attempts
        assert 2 == len(visited.server.requests_to("GET", "/me"))


@pytest.mark.parametrize("status", [400, 403, 404, 413, 418, 422, 501])
async def test_the_last_word_is_not_questioned(status: int) -> None:
    """What repeating cannot change is raised at once."""
    async with visit() as visited:
        visited.server.respond("POST", "/chats", *[Reply(status, {"detail": "no"})] * 5)
        with pytest.raises(APIError) as caught:
            await visited.client.create_chat()

        assert status == caught.value.status_code
        assert 1 == len(visited.server.requests_to("POST", "/chats"))


async def test_a_dead_pooled_connection_is_no_failure() -> None:
    """Production closes the connection after a 500 without saying so; the next requests, POST or GET, do not notice."""
    async with visit(retry=ONCE) as visited:
        await visited.client.get_me()
        for react in (False, True):
            visited.server.respond("GET", "/me", CloseSilently(internal_error(), at_next_request=react))
            with pytest.raises(ServerError):
                await visited.client.get_me()
            await visited.client.create_chat()

        assert 2 == len(visited.server.chats)


async def test_a_pooled_connection_that_dies_under_a_get_is_replaced() -> None:
    """A connection that looks alive and is not: what may be repeated is."""
    async with visit() as visited:
        visited.server.respond("GET", "/me", CloseSilently(Normally(), at_next_request=True))
        await visited.client.get_me()
        await visited.client.get_me()

        assert 2 <= len({request.connection for request in visited.server.requests})


async def test_a_slow_server_is_given_up_after_the_timeout() -> None:
    """A GET is tried again, a POST is not: a slow POST is the likeliest source of double messages."""
    async with visit(timeout=0.1) as visited:
        await visited.client.get_me()
        visited.server.respond("GET", "/me", *[Hang()] * 3)
        visited.server.respond("POST", "/chats", *[Hang()] * 3)
        with pytest.raises(APITimeoutError) as got:
            await visited.client.get_me()
        with pytest.raises(APITimeoutError) as posted:
            await visited.client.create_chat()

        assert [("request", 3, True), ("request", 1, True)] == [
            (error.value.deadline, error.value.attempts, error.value.request_sent) for error in (got, posted)
        ]


async def test_a_flood_of_failures_is_not_answered_with_a_flood() -> None:
    """A dead server is asked once a call when the budget of retries is used up."""
    async with visit() as visited:
        await visited.client.get_me()
        visited.server.respond("GET", "/me", *[html_page(502)] * 1000)
        outcomes = await asyncio.gather(*(visited.client.get_me() for _ in range(100)), return_exceptions=True)

        assert {GatewayError} == {type(outcome) for outcome in outcomes}
        assert 100 + 50 + 1 >= len(visited.server.requests_to("GET", "/me"))


async def test_names_and_paths_are_on_the_error() -> None:
    """The error says which request failed, in words that hold no more than method and path."""
    async with visit() as visited:
        visited.server.respond("GET", "/projects/search", html_page(404))
        with pytest.raises(APIError) as caught:
            await visited.client.search_documents("секретный запрос", "mycompany")

        assert ("GET", "/projects/search") == (caught.value.method, caught.value.path)
        assert "секретный" not in str(caught.value)
        assert "GET /projects/search: 404 Not Found (HTTP 404)" == str(caught.value)
