"""Retries: which requests are sent again, and how often, as counted by the server."""

from __future__ import annotations

import asyncio
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
from aizoomdoc_client.protocol.requests import get_me
from aizoomdoc_client.protocol.retry import RetryBudget
from aizoomdoc_client.session.retrier import Retrier, waiting_by
from aizoomdoc_client.testing import (
    CloseSilently,
    Hang,
    Moment,
    Normally,
    RawReply,
    Reply,
    Reset,
    ServerBehavior,
    detail,
    html_page,
    internal_error,
)
from tests.client_and_server import client_and_server, no_wait
from tests.free_ports import free_port

BUSY = Reply(429, {"detail": "Too many requests"}, {"Retry-After": "0.01"})
AWAY = html_page(503, {"Retry-After": "0.01"})
ONCE = RetryPolicy(attempts=1)


async def test_a_refused_connection_is_tried_three_times() -> None:
    """A refused connection processed nothing: 3 attempts, and the error has their number."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    with waiting_by(wait):
        client = AsyncAIZoomDocClient(f"http://127.0.0.1:{free_port()}", "static-token", token_store=MemoryTokenStore())
        with pytest.raises(APIConnectionError, match="3 attempts") as caught:
            await client.create_chat("Тест")
        await client.close()

    assert (3, False, None) == (caught.value.attempts, caught.value.request_sent, caught.value.status_code)
    assert 2 == len(waits)


@pytest.mark.parametrize("reaction", [BUSY, AWAY], ids=["429", "503"])
@pytest.mark.parametrize("call", ["get_me", "create_chat"])
async def test_a_busy_server_is_asked_again(reaction: Reply, call: str) -> None:
    """429, and 503 with Retry-After, certainly processed nothing: even a POST is sent again."""
    async with client_and_server() as pair:
        method, path = {"get_me": ("GET", "/me"), "create_chat": ("POST", "/chats")}[call]
        rule = pair.server.respond(method, path, reaction, reaction)
        await getattr(pair.client, call)()

        assert (3, 0) == (len(pair.server.requests_to(method, path)), rule.left)


@pytest.mark.parametrize(("reaction", "error"), [(BUSY, RateLimitError), (AWAY, GatewayError)], ids=["429", "503"])
async def test_the_attempts_are_limited(reaction: Reply, error: type[APIError]) -> None:
    """After three attempts the error has `retry_after` and the number of attempts."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/chats", *[reaction] * 9)
        with pytest.raises(error) as caught:
            await pair.client.create_chat()

        assert (3, 0.01) == (caught.value.attempts, caught.value.retry_after)
        assert 3 == len(pair.server.requests_to("POST", "/chats"))


async def test_retry_after_is_waited_for() -> None:
    """The wait is at least Retry-After; a Retry-After of hours raises at once."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async with client_and_server() as pair:
        with waiting_by(wait):
            pair.server.respond("GET", "/me", Reply(429, {"detail": "later"}, {"Retry-After": "17"}))
            await pair.client.get_me()
            pair.server.respond("GET", "/me", Reply(429, {"detail": "later"}, {"Retry-After": "7200"}))
            with pytest.raises(RateLimitError) as caught:
                await pair.client.get_me()

    assert 1 == len(waits)
    assert 17 <= waits[0] <= 17.5
    assert (7200, 1) == (caught.value.retry_after, caught.value.attempts)


@pytest.mark.parametrize("wish", ["soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", ""])
async def test_a_503_that_asks_to_retry_processed_nothing(wish: str) -> None:
    """Also where it cannot be read when: a message is sent again, and stored once."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", html_page(503, {"Retry-After": wish}))
        await pair.client.ask(chat, "Где ВРУ?")

        assert (2, 1) == (len(pair.server.requests_to("POST", "/chats/*/messages")), len(pair.server.posts))


@pytest.mark.parametrize("wish", ["-5", "nan", "inf", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 400])
async def test_an_invalid_retry_after_is_ignored(wish: str) -> None:
    """Past, negative, infinite or unreadable values are ignored: normal backoff."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/me", Reply(429, {"detail": "later"}, {"Retry-After": wish}))
        await pair.client.get_me()

        assert 2 == len(pair.server.requests_to("GET", "/me"))


@pytest.mark.parametrize(
    "reaction",
    [Reset(), Reset(reset=False), Reset(when=Moment.BEFORE_BODY), html_page(502), html_page(504), RawReply(b"garbage\r\n\r\n")],
    ids=["reset", "fin", "before-body", "502", "504", "garbage"],
)
async def test_an_ambiguous_failure_repeats_what_is_harmless(reaction: Any) -> None:
    """A GET and a DELETE are sent again."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("GET", "/me", reaction)
        pair.server.respond("DELETE", "/chats/*", reaction)
        await pair.client.get_me()
        await pair.client.delete_chat(chat)

        assert 2 == len(pair.server.requests_to("GET", "/me"))
        assert 2 == len(pair.server.requests_to("DELETE", "/chats/*"))


@pytest.mark.parametrize(
    "reaction", [Reset(), Reset(when=Moment.AFTER_PROCESSING), html_page(502), html_page(504), html_page(503), internal_error()]
)
async def test_an_ambiguous_failure_repeats_no_post(reaction: Any) -> None:
    """A request that may already have created a chat is not sent again."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.respond("POST", "/chats", reaction)
        with pytest.raises(APIError) as caught:
            await pair.client.create_chat()

        assert (1, 1) == (len(pair.server.requests_to("POST", "/chats")), caught.value.attempts)


@pytest.mark.parametrize("reaction", [Reset(), html_page(502), html_page(504), internal_error(), Reset(reset=False)])
async def test_a_message_that_was_lost_is_not_sent_again(reaction: Any) -> None:
    """The server did not process it, but the client cannot know: it reads the history, then raises."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", reaction)
        with pytest.raises((DeliveryUnknownError, APIError)):
            await pair.client.ask(chat, "Где ВРУ?")

        assert 1 == len(pair.server.requests_to("POST", "/chats/*/messages"))
        assert [] == pair.server.messages(chat.id)
        assert [] == pair.server.model_runs


@pytest.mark.parametrize(
    "reaction",
    [Reset(when=Moment.AFTER_PROCESSING), Reply(201, b'{"id": "cut of', when=Moment.AFTER_PROCESSING)],
    ids=["lost", "unreadable"],
)
async def test_a_message_whose_receipt_was_lost_is_found(reaction: Any) -> None:
    """The message was stored: it is found in the history and answered, with one message and one run."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", reaction)
        answer = await pair.client.ask(chat, "Где ВРУ?")

        assert ["user", "assistant"] == [message.role for message in pair.server.messages(chat.id)]
        assert answer.question.id == pair.server.messages(chat.id)[0].id
        assert 1 == len(pair.server.requests_to("POST", "/chats/*/messages"))


@pytest.mark.parametrize("reaction", [BUSY, AWAY])
async def test_a_message_that_surely_was_not_taken_goes_again(reaction: Reply) -> None:
    """After a 429 or a 503 with Retry-After the same message is sent again and stored once."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", reaction)
        await pair.client.ask(chat, "Где ВРУ?")

        assert ["user", "assistant"] == [message.role for message in pair.server.messages(chat.id)]


async def test_every_post_has_a_key_that_its_attempts_share() -> None:
    """One key for all attempts at one request, another for the next."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        chat = await pair.chat()
        pair.server.respond("POST", "**", BUSY, BUSY)
        await pair.client.ask(chat, "Где ВРУ?")
        await pair.client.upload_file(b"%PDF-")
        await pair.client.logout()
        posts = pair.server.requests_to("POST", "**")
        keys = [(request.path, request.headers.get("Idempotency-Key")) for request in posts]
        messages = [key for path, key in keys if path.endswith("/messages")]

        assert all(key for _, key in keys)
        assert (3, 1) == (len(messages), len(set(messages)))
        assert len(keys) - 2 == len(set(keys))


async def test_a_conflict_is_asked_again_with_its_key() -> None:
    """A server still processing the first attempt answers 409; with the same key a retry is safe."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/chats", Reply(409, {"detail": "in progress"}))
        await pair.client.create_chat()
        pair.server.respond("POST", "/chats", *[Reply(409, {"detail": "in progress"})] * 5)
        with pytest.raises(ConflictError):
            await pair.client.create_chat()

        assert 2 + 3 == len(pair.server.requests_to("POST", "/chats"))


async def test_retries_can_be_turned_off() -> None:
    """`attempts=1` sends everything once."""
    async with client_and_server() as pair:
        client = pair.client.with_options(retry=ONCE)
        await client.get_me()
        pair.server.respond("GET", "/me", BUSY)
        with pytest.raises(RateLimitError) as caught:
            await client.get_me()

        assert 1 == caught.value.attempts
        assert 2 == len(pair.server.requests_to("GET", "/me"))


@pytest.mark.parametrize("status", [400, 403, 404, 413, 418, 422, 501])
async def test_final_errors_are_not_retried(status: int) -> None:
    """Errors that a retry cannot change are raised at once."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/chats", *[Reply(status, {"detail": "no"})] * 5)
        with pytest.raises(APIError) as caught:
            await pair.client.create_chat()

        assert status == caught.value.status_code
        assert 1 == len(pair.server.requests_to("POST", "/chats"))


async def test_a_dead_pooled_connection_is_no_failure() -> None:
    """Production closes the connection after a 500 without announcing it; later requests, POST or GET, succeed."""
    async with client_and_server(retry=ONCE) as pair:
        await pair.client.get_me()
        for react in (False, True):
            pair.server.respond("GET", "/me", CloseSilently(detail(500, "Out of order"), at_next_request=react))
            with pytest.raises(ServerError):
                await pair.client.get_me()
            await pair.client.create_chat()

        assert 2 == len(pair.server.chats)


async def test_a_pooled_connection_that_dies_under_a_get_is_replaced() -> None:
    """Idempotent requests on a stale pooled connection are sent again."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/me", CloseSilently(Normally(), at_next_request=True))
        await pair.client.get_me()
        await pair.client.get_me()

        assert 2 <= len({request.connection for request in pair.server.requests})


async def test_a_slow_server_is_given_up_after_the_timeout() -> None:
    """A GET is sent again, a POST is not: a slow POST is the likeliest cause of duplicate messages."""
    async with client_and_server(timeout=0.1) as pair:
        await pair.client.get_me()
        pair.server.respond("GET", "/me", *[Hang()] * 3)
        pair.server.respond("POST", "/chats", *[Hang()] * 3)
        with pytest.raises(APITimeoutError) as got:
            await pair.client.get_me()
        with pytest.raises(APITimeoutError) as posted:
            await pair.client.create_chat()

        assert [("request", 3, True), ("request", 1, True)] == [
            (error.value.deadline, error.value.attempts, error.value.request_sent) for error in (got, posted)
        ]


async def test_a_doubtful_deletion_stays_doubtful() -> None:
    """The first attempt deleted the chat, the second was refused without being processed, the third finds nothing: success."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        chat = await pair.chat()
        pair.server.respond("DELETE", "/chats/*", Reset(when=Moment.AFTER_PROCESSING), BUSY, Normally())

        assert chat.id == (await pair.client.delete_chat(chat)).chat_id
        assert {} == pair.server.chats


async def test_successes_refill_the_retry_budget() -> None:
    """After an outage that used up the budget, ten successes, at whichever attempt, allow one more retry."""
    budget, calls = RetryBudget(), list[str]()
    retrier = Retrier(RetryPolicy(attempts=2), budget, sleep=no_wait)
    while budget.spend():
        pass

    async def succeed(_request: object) -> str:
        return "done"

    async def fail_once(_request: object) -> str:
        calls.append("attempt")
        if len(calls) % 2:
            raise GatewayError("502 Bad Gateway", status_code=502)
        return "done"

    for _ in range(11):  # tenths do not add up exactly
        await retrier.run(get_me(), succeed)
    assert "done" == await retrier.run(get_me(), fail_once)
    for _ in range(9):
        await retrier.run(get_me(), succeed)
    assert "done" == await retrier.run(get_me(), fail_once)


async def test_the_retry_budget_bounds_the_requests() -> None:
    """With an exhausted retry budget an unreachable server gets one request per call."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.respond("GET", "/me", *[html_page(502)] * 1000)
        outcomes = await asyncio.gather(*(pair.client.get_me() for _ in range(100)), return_exceptions=True)

        assert {GatewayError} == {type(outcome) for outcome in outcomes}
        assert 100 + 50 + 1 >= len(pair.server.requests_to("GET", "/me"))


async def test_names_and_paths_are_on_the_error() -> None:
    """The error names the failed request by method and path only."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/projects/search", html_page(404))
        with pytest.raises(APIError) as caught:
            await pair.client.search_documents("секретный запрос", "mycompany")

        assert ("GET", "/projects/search") == (caught.value.method, caught.value.path)
        assert "секретный" not in str(caught.value)
        assert "GET /projects/search: 404 Not Found (HTTP 404)" == str(caught.value)
