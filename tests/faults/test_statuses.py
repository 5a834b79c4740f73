"""HTTP statuses of servers and proxies, and the errors that they raise."""

from __future__ import annotations

import email.utils
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    APIError,
    AuthenticationError,
    ConflictError,
    DeliveryUnknownError,
    GatewayError,
    MemoryTokenStore,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    UploadLimits,
    ValidationError,
)
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Moment,
    Normally,
    Reply,
    Reset,
    ScriptedServer,
    ServerBehavior,
    detail,
    expired_token,
    html_page,
    internal_error,
    rate_limited,
    simple_answer,
    unavailable,
    validation_error,
)
from tests.client_and_server import client_and_server, client_of, no_wait

TEXT = "Высота этажа 3,3 м."
MESSAGES = ("POST", "/chats/*/messages")


async def test_status_401() -> None:
    """One new token, one retry; the second 401 is raised."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.respond("GET", "/me", expired_token())
        await pair.client.get_me()
        pair.server.respond("GET", "/me", *[expired_token()] * 9)
        with pytest.raises(AuthenticationError, match="Token has expired"):
            await pair.client.get_me()

        assert (3, 1 + 2 + 2) == (
            len(pair.server.requests_to("POST", "/auth/exchange")),
            len(pair.server.requests_to("GET", "/me")),
        )


@pytest.mark.parametrize(("status", "kind"), [(403, PermissionDeniedError), (404, NotFoundError)])
async def test_status_403_404(status: int, kind: type[APIError]) -> None:
    """One attempt for every method; the error has the server's message."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        for method, path in (("GET", "/me"), MESSAGES, ("DELETE", "/chats/*")):
            pair.server.respond(method, path, *[detail(status, "Access denied")] * 9)
        for call in (pair.client.get_me(), pair.client.ask(chat, "?"), pair.client.delete_chat(chat)):
            with pytest.raises(kind, match="Access denied") as caught:
                await call
            assert 1 == caught.value.attempts

        assert [1, 1, 1] == [
            len(pair.server.requests_to(method, path)) for method, path in (("GET", "/me"), MESSAGES, ("DELETE", "/chats/*"))
        ]


async def test_status_409() -> None:
    """A POST, whose attempts share a key, is sent again; a request without a key is not."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/chats", detail(409, "in progress"))
        pair.server.respond("PATCH", "/me/settings", detail(409, "no"))
        await pair.chat()
        with pytest.raises(ConflictError):
            await pair.client.update_settings(model_profile="complex")
        posts = pair.server.requests_to("POST", "/chats")

        assert (2, 1) == (len(posts), len({request.headers["Idempotency-Key"] for request in posts}))
        assert 1 == len(pair.server.requests_to("PATCH"))


@pytest.mark.parametrize("reply", [detail(413, "too large"), html_page(413)], ids=["JSON", "page"])
@pytest.mark.parametrize("when", list(Moment)[:2], ids=["early", "late"])
async def test_status_413(reply: Reply, when: Moment) -> None:
    """A 413 during the upload, before the server has read it, raises the same error as one at its end."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", attrs.evolve(reply, when=when))
        with pytest.raises(PayloadTooLargeError) as caught:
            await pair.client.upload_file(b"%PDF" + bytes(8 * 1024 * 1024), filename="план.pdf")

        assert (1, 413) == (len(pair.server.requests_to("POST", "/files/upload")), caught.value.status_code)


async def test_status_413__reset() -> None:
    """If a proxy resets an upload, the error names the possible size limit, and nothing is sent twice."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", Reset(when=Moment.BEFORE_BODY))
        with pytest.raises(
            PayloadTooLargeError, match=r"план\.pdf: the server, or a proxy .*, may take no file of this size"
        ) as caught:
            await pair.client.upload_file(b"%PDF" + bytes(8 * 1024 * 1024), filename="план.pdf")

        assert (1, None) == (len(pair.server.requests_to("POST", "/files/upload")), caught.value.status_code)


async def test_status_413__known_limit() -> None:
    """A file over the known limits is not sent, and the error has both sizes."""
    async with client_and_server(upload_limits=UploadLimits(file=100, llm_file=20)) as pair:
        with pytest.raises(PayloadTooLargeError, match=r"план\.pdf .* 100 bytes .* 101 bytes"):
            await pair.client.upload_file(bytes(101), filename="план.pdf")
        with pytest.raises(PayloadTooLargeError, match=r"план\.pdf .* 20 bytes .* 21 bytes"):
            await pair.client.upload_file_for_llm(bytes(21), filename="план.pdf")

        assert [] == pair.server.requests


@pytest.mark.parametrize("status", [414, 431])
@pytest.mark.parametrize("behavior", [ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT], ids=["sse", "websocket"])
async def test_status_414_431(status: int, behavior: ServerBehavior) -> None:
    """The error names the parameter that was longest, on either transport."""
    transport = "sse" if behavior is ServerBehavior.PRODUCTION else "websocket"
    async with client_and_server(behavior, transport=transport) as pair:
        pair.server.respond("WS" if transport == "websocket" else "GET", "/chats/*/stream", html_page(status))
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(100)]
        with pytest.raises(APIError, match="document_ids") as caught:
            await pair.client.ask(await pair.chat(), "?", attached_document_ids=ids, client_id="mycompany")

        assert (status, 0) == (caught.value.status_code, len(pair.server.model_runs))


@pytest.mark.parametrize("behavior", [ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT], ids=["sse", "websocket"])
async def test_status_414_431__without_such_a_status(behavior: ServerBehavior) -> None:
    """Two thousand ids are more than a server reads of a request: its 400 names the parameter, too, and quotes no token."""
    async with client_and_server(behavior) as pair:
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(2000)]
        with pytest.raises(ValidationError, match="too long for the server: pass less in document_ids") as caught:
            await pair.client.ask(await pair.chat(), "?", document_ids=ids)

        assert (400, 0) == (caught.value.status_code, len(pair.server.model_runs))


async def test_odd_field() -> None:
    """One odd row leaves the others of a history readable, and a deletion needs no body."""
    odd = {"id": "m2", "role": "assistant", "content": None, "created_at": "yesterday", "images": [None]}
    async with client_and_server() as pair:
        chat = await pair.chat()
        history = {"chat": {"id": chat.id}, "messages": [{"id": "m1", "role": "user", "content": "Где?"}, odd]}
        pair.server.respond("GET", "/chats/*", Reply(200, history))
        pair.server.respond("DELETE", "/chats/*", Reply(204))
        first, second = await pair.client.get_chat_history(chat)

        assert ("Где?", "") == (first.content, second.content)
        assert (None, ()) == (second.created_at, second.images)
        assert chat.id == (await pair.client.delete_chat(chat)).chat_id


@pytest.mark.parametrize("body", [b"", {}, {"messages": []}, {"status": "ok"}], ids=str)
async def test_odd_field__no_history(body: object) -> None:
    """What does not name its chat is no history, and not one without messages."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("GET", "/chats/*", Reply(200, body))
        with pytest.raises(ProtocolError):
            await pair.client.get_chat_history(chat)


async def test_status_422() -> None:
    """The error has the field and the reason, never the value, which may be a token."""
    async with client_and_server() as pair:
        echo = {"static_token": pair.server.static_token, "title": "Секретный объект"}
        pair.server.respond("POST", "/chats", validation_error(("body", "title"), echo=echo, reason="String too long"))
        with pytest.raises(ValidationError, match="title: String too long") as caught:
            await pair.chat()

        assert (("title", "String too long"),) == caught.value.fields
        shown = f"{caught.value} {vars(caught.value)}"
        assert [False, False] == [secret in shown for secret in echo.values()]


def at(seconds: float) -> str:
    return email.utils.formatdate(1_700_000_000 + seconds, usegmt=True)


NOW = {"Date": at(0)}
WISHES: dict[str, tuple[str | None, float]] = {
    "seconds": ("7", 7),
    "a date, by the server's own clock": (at(40), 40),
    "none": (None, 0),
    "past": (at(-40), 0),
    "negative": ("-5", 0),
    "NaN": ("nan", 0),
    "infinite": ("inf", 0),
    "words": ("soon", 0),
}


@pytest.mark.parametrize("wish", WISHES)
async def test_retry_after(wish: str) -> None:
    """A 429 processed nothing, so even a message is sent again, after the longer of Retry-After and the backoff."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        await no_wait(seconds)

    value, least = WISHES[wish]
    async with ScriptedServer() as server, client_of(server) as client:
        chat = await client.create_chat()
        headers = NOW if value is None else {**NOW, "Retry-After": value}
        server.respond(*MESSAGES, detail(429, "Too Many Requests", headers))
        server.script_answer(simple_answer(TEXT))
        with waiting_by(wait):
            assert TEXT == (await client.ask(chat, "?")).text

        assert (2, 1, 1) == (len(server.requests_to(*MESSAGES)), len(server.posts), len(waits))
        assert least <= waits[0] <= max(least, 0.5)


@pytest.mark.parametrize(("reply", "kind"), [(rate_limited(500), RateLimitError), (unavailable(500), GatewayError)])
async def test_retry_after__too_long(reply: Reply, kind: type[APIError]) -> None:
    """A Retry-After beyond two minutes raises at once, with `retry_after` on the error."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async with ScriptedServer() as server, client_of(server) as client:
        await client.get_me()
        server.respond("GET", "/me", reply)
        with waiting_by(wait), pytest.raises(kind) as caught:
            await client.get_me()

        assert (500, 1, []) == (caught.value.retry_after, caught.value.attempts, waits)


@pytest.mark.parametrize("status", [408, 425])
async def test_status_408_425(status: int) -> None:
    """A GET is sent again: the server asked for that, and nothing is done twice."""
    async with client_and_server() as pair:
        pair.server.respond("GET", "/me", Reply(status, {"detail": "not now"}))
        await pair.client.get_me()

        assert 2 == len(pair.server.requests_to("GET", "/me"))


@pytest.mark.parametrize(("status", "when", "posts"), [(408, Moment.AFTER_PROCESSING, 1), (425, Moment.AFTER_BODY, 2)])
async def test_status_408_425__message(status: int, when: Moment, posts: int) -> None:
    """After a 408 it is looked up, for it may be stored; after a 425, which processed nothing, it is sent again."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", Reply(status, {"detail": "not now"}, when=when))
        await pair.client.ask(chat, "Какая высота?")

        assert (posts, 1) == (len(pair.server.requests_to("POST", "/chats/*/messages")), len(pair.server.posts))


async def test_status_500() -> None:
    """A 500 may have been processed: a GET is sent again on a new connection, a POST is not."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.respond("GET", "/me", internal_error())
        pair.server.respond("POST", "/chats", internal_error())
        await pair.client.get_me()
        with pytest.raises(ServerError):
            await pair.chat()
        failed, repeated = pair.server.requests_to("GET", "/me")[1:3]

        assert failed.connection != repeated.connection
        assert 1 == len(pair.server.requests_to("POST", "/chats"))


async def test_status_500__stored_token() -> None:
    """The server was redeployed and answers 500 to every stored token: one new exchange, no error."""
    store = MemoryTokenStore()
    async with client_and_server(token_store=store) as pair:
        chat = await pair.chat()
        pair.server.change_secret()
        async with client_of(pair.server, token_store=store) as later:
            pair.server.script_answer(simple_answer(TEXT))

            assert TEXT == (await later.ask(chat.id, "?")).text
        assert (2, 1) == (len(pair.server.requests_to("POST", "/auth/exchange")), len(pair.server.posts))


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_gateway_page(status: int) -> None:
    """A proxy's page: a GET is sent again, a message never, whose history is read; the page becomes one line."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("GET", "/me", html_page(status))
        await pair.client.get_me()
        pair.server.respond(*MESSAGES, html_page(status))
        with pytest.raises(DeliveryUnknownError) as lost:
            await pair.client.ask(chat, "?")
        pair.server.respond("GET", "/me", *[html_page(status)] * 3)
        with pytest.raises(GatewayError) as caught:
            await pair.client.get_me()

        words = {502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Timeout"}[status]
        assert f"GET /me: {words} (HTTP {status}, 3 attempts)" == str(caught.value)
        assert (1, 0, True) == (len(pair.server.requests_to(*MESSAGES)), len(pair.server.posts), words in str(lost.value))


async def test_gateway_page__stored() -> None:
    """A message that was stored despite such a page is found and answered."""
    async with client_and_server(retry=RetryPolicy(attempts=1)) as pair:
        chat = await pair.chat()
        page: Any = attrs.evolve(html_page(502), when=Moment.AFTER_PROCESSING)
        pair.server.respond(*MESSAGES, page, Normally())
        pair.server.script_answer(simple_answer(TEXT))

        assert TEXT == (await pair.client.ask(chat, "?")).text
        assert 1 == len(pair.server.posts)
