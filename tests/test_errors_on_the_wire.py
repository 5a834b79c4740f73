"""Every error class, raised by a server on a real socket; a class without a case here fails a test."""

from __future__ import annotations

import io
import pickle
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy, StreamTimeouts, exceptions as exc
from aizoomdoc_client.storage.base import TokenKey, TokenSet
from aizoomdoc_client.testing import (
    Close,
    Deltas,
    Drop,
    Hang,
    Raw,
    Reply,
    Reset,
    ServerBehavior,
    Stall,
    detail,
    error_answer,
    html_page,
    internal_error,
    queue_full,
    queue_timeout,
    simple_answer,
    validation_error,
)
from tests.client_and_server import ClientAndServer, client_and_server
from tests.free_ports import free_port

Operation = Callable[[ClientAndServer], Awaitable[object]]

NO_RETRIES = {"retry": RetryPolicy(attempts=1, max_reruns=0)}


async def ask(pair: ClientAndServer) -> object:
    return await pair.client.ask(await pair.chat(), "Где ВРУ?")


def answered(*steps: Any) -> Operation:
    """Asks a question that the server answers with these steps."""

    async def operation(pair: ClientAndServer) -> object:
        pair.server.script_answer(steps[0] if len(steps) == 1 and not isinstance(steps[0], tuple) else list(steps))
        return await ask(pair)

    return operation


async def silent(pair: ClientAndServer) -> object:
    pair.server.answer_with([Stall()])
    impatient = pair.client.with_options(stream_timeouts=StreamTimeouts(first_event=0.1))
    return await impatient.ask(await pair.chat(), "Где ВРУ?")


async def unfit_answer(pair: ClientAndServer) -> object:
    pair.server.answer_with(simple_answer("3,3 м"))
    return await pair.client.ask(
        await pair.chat(), "Какая высота?", schema=attrs.make_class("Room", {"height": attrs.field(type=float)})
    )


def me(*reactions: Any) -> Operation:
    """Asks who one is, and is answered so."""

    async def operation(pair: ClientAndServer) -> object:
        pair.server.respond("GET", "/me", *reactions)
        return await pair.client.get_me()

    return operation


def posted(reaction: Any) -> Operation:
    """Asks a question whose message is answered so."""

    async def operation(pair: ClientAndServer) -> object:
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", reaction)
        return await pair.client.ask(chat, "Где ВРУ?")

    return operation


async def wrong_token(pair: ClientAndServer) -> object:
    return await pair.client.authenticate("wrong")


async def expired_login(pair: ClientAndServer) -> object:
    store = MemoryTokenStore()
    key = TokenKey.of_profile(pair.server.url, "default")
    store.save(key, TokenSet(access_token="x.y.z", refresh_token="used up"))
    async with AsyncAIZoomDocClient(pair.server.url, token_store=store) as client:
        return await client.get_me()


async def unknown_chat(pair: ClientAndServer) -> object:
    return await pair.client.get_chat(uuid.uuid4())


async def malformed_id(pair: ClientAndServer) -> object:
    return await pair.client.get_chat("no-uuid")


async def folder_results(pair: ClientAndServer) -> object:
    [root, *_] = await pair.client.get_projects_tree("mycompany")
    return await pair.client.get_document_results(root)


async def foreign_chat(pair: ClientAndServer) -> object:
    chat = await pair.chat()
    pair.server.store.add_user("other", "other")
    return await pair.client.with_options(static_token="other").get_chat(chat)


async def too_large(pair: ClientAndServer) -> object:
    pair.server.behavior = attrs.evolve(pair.server.behavior, upload_limit=10)
    return await pair.client.upload_file(b"m" * 11)


async def unseekable(pair: ClientAndServer) -> object:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError("a pipe")

    await pair.client.get_me()
    pair.server.expire_tokens()
    return await pair.client.upload_file(Pipe(b"once"), filename="план.pdf")


async def nobody_listens(pair: ClientAndServer) -> object:
    async with AsyncAIZoomDocClient(f"http://127.0.0.1:{free_port()}", "static-token", token_store=MemoryTokenStore()) as client:
        return await client.health()


async def other_question(pair: ClientAndServer) -> object:
    """Another user asks in the same chat when the answer drops."""
    chat = await pair.chat()
    pair.server.script_answer([Deltas(["Высота"]), Stall()])
    stream = pair.client.send_message(chat, "Где ВРУ?")
    async for event in stream:
        if event.event == "llm_token":
            pair.server.chats[chat.id].add("user", "А ЩО?")
            pair.server.model_runs[0].stream.drop(reset=True)
    return stream


async def full_window(pair: ClientAndServer) -> object:
    """The answer drops in a chat whose history cannot show it."""
    chat = await pair.chat()
    for number in range(100):
        pair.server.chats[chat.id].add("user" if number % 2 == 0 else "assistant", str(number))
    pair.server.script_answer([Drop()])
    return await pair.client.ask(chat, "Где ВРУ?")


async def no_configuration(_pair: ClientAndServer) -> object:
    return AsyncAIZoomDocClient("ftp://example.org")


async def hanging(pair: ClientAndServer) -> object:
    pair.server.respond("GET", "/me", Hang())
    return await pair.client.with_options(timeout=0.1).get_me()


OPERATIONS: Mapping[str, tuple[type[exc.AIZoomDocError], Operation]] = {
    "a server that is none": (exc.ConfigurationError, no_configuration),
    "an unseekable file that had to be sent again": (exc.NotReplayableError, unseekable),
    "a redirect": (exc.APIError, me(Reply(302, b"", {"Location": "/elsewhere"}))),
    "a wrong static token": (exc.AuthenticationError, wrong_token),
    "401 twice": (exc.AuthenticationError, me(*[detail(401, "Token has expired")] * 2)),
    "a login that has expired": (exc.TokenExpiredError, expired_login),
    "a malformed id": (exc.ValidationError, malformed_id),
    "results of a folder": (exc.ValidationError, folder_results),
    "422": (exc.ValidationError, me(validation_error(("body", "name"), echo="secret"))),
    "somebody else's chat": (exc.PermissionDeniedError, foreign_chat),
    "an unknown chat": (exc.NotFoundError, unknown_chat),
    "409": (exc.ConflictError, me(detail(409, "conflict"))),
    "too large a file": (exc.PayloadTooLargeError, too_large),
    "413 of a proxy": (exc.PayloadTooLargeError, me(html_page(413))),
    "429": (exc.RateLimitError, me(detail(429, "slow down"))),
    "500": (exc.ServerError, me(*[internal_error()] * 2)),
    "502": (exc.GatewayError, me(html_page(502))),
    "503": (exc.GatewayError, me(html_page(503))),
    "504": (exc.GatewayError, me(html_page(504))),
    "nobody listens": (exc.APIConnectionError, nobody_listens),
    "a reset": (exc.APIConnectionError, me(Reset())),
    "no answer": (exc.APITimeoutError, hanging),
    "a message that was lost": (exc.DeliveryUnknownError, posted(Reset())),
    "an answer of another shape, twice": (exc.AnswerFormatError, unfit_answer),
    "an error event": (exc.AnswerError, answered(error_answer("Нет ключа"))),
    "a full queue": (exc.QueueFullError, answered(queue_full())),
    "too long in the queue": (exc.QueueTimeoutError, answered(queue_timeout())),
    "a stream that breaks off": (exc.StreamInterruptedError, answered(Deltas(["Высота"]), Drop())),
    "a stream that ends early": (exc.StreamInterruptedError, answered(Deltas(["Высота"]), Close())),
    "a silent stream": (exc.StreamTimeoutError, silent),
    "a history that cannot show the answer": (exc.AnswerUnknownError, full_window),
    "somebody else's question": (exc.ChatConflictError, other_question),
    "a frame of nonsense": (exc.ProtocolError, answered(Raw(b"event: llm_final\ndata: {]\n\n"), Stall())),
    "a body of nonsense": (exc.ProtocolError, me(Reply(200, b"<html>login here</html>"))),
}

ABSTRACT = {exc.AIZoomDocError, exc.StreamError}
"""Base classes that are only caught, never raised."""


@pytest.mark.parametrize("case", OPERATIONS)
async def test_the_error_is_raised(case: str) -> None:
    """The exact class, in one line, with the request's data; and it can be pickled."""
    kind, operation = OPERATIONS[case]
    async with client_and_server(ServerBehavior.PRODUCTION, **NO_RETRIES) as pair:
        with pytest.raises(exc.AIZoomDocError) as caught:
            await operation(pair)

    error = caught.value
    assert kind is type(error)
    assert "verbatim" != error.code
    assert error.localized("ru")
    assert "\n" not in str(error)
    assert (str(error), error.__dict__) == (str(copy := pickle.loads(pickle.dumps(error))), copy.__dict__)
    if isinstance(error, exc.APIError) and not isinstance(error, exc.TokenExpiredError):
        assert error.path is not None


def test_every_class_is_raised_here() -> None:
    """Every error class has a case."""
    tree = {kind for kind in vars(exc).values() if isinstance(kind, type) and issubclass(kind, exc.AIZoomDocError)}

    assert tree == {kind for kind, _ in OPERATIONS.values()} | ABSTRACT


def test_the_contracts_except_clauses_catch_what_requests_raise() -> None:
    """Every error but one in the caller's own settings is an `APIError`, as in the contract."""
    beside = {exc.AIZoomDocError, exc.ConfigurationError, exc.NotReplayableError}
    tree = {kind for kind in vars(exc).values() if isinstance(kind, type) and issubclass(kind, exc.AIZoomDocError)}

    assert beside == {kind for kind in tree if not issubclass(kind, exc.APIError)}


async def test_a_422_never_shows_its_input() -> None:
    """The server echoes its input, the static token included: only paths and reasons are kept."""
    async with client_and_server() as pair:
        echo = {"static_token": pair.server.static_token}
        pair.server.respond("POST", "/auth/exchange", validation_error(("body", "static_token"), echo=echo))
        with pytest.raises(exc.ValidationError) as caught:
            await pair.client.get_me()

        assert (("static_token", "Field required"),) == caught.value.fields
        assert pair.server.static_token not in repr(vars(caught.value)) + str(caught.value)


async def test_an_html_page_becomes_one_line() -> None:
    """Of a proxy's page only its title is shown."""
    async with client_and_server(**NO_RETRIES) as pair:
        with pytest.raises(exc.GatewayError) as caught:
            await me(html_page(502))(pair)

        assert "GET /me: 502 Bad Gateway (HTTP 502)" == str(caught.value)
