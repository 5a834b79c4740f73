"""Every error of the tree, raised by a server on a real socket; a class that has no way to be raised here is noticed."""

from __future__ import annotations

import io
import pickle
import socket
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
    validation_error,
)
from tests.visits import Visit, visit

Deed = Callable[[Visit], Awaitable[object]]

IMPATIENT = {"retry": RetryPolicy(attempts=1, max_reruns=0)}


async def ask(visited: Visit) -> object:
    return await visited.client.ask(await visited.chat(), "Где ВРУ?")


def answered(*steps: Any) -> Deed:
    """Asks a question that the server answers with these steps."""

    async def deed(visited: Visit) -> object:
        visited.server.script_answer(steps[0] if len(steps) == 1 and not isinstance(steps[0], tuple) else list(steps))
        return await ask(visited)

    return deed


async def silent(visited: Visit) -> object:
    visited.server.answer_with([Stall()])
    impatient = visited.client.with_options(stream_timeouts=StreamTimeouts(first_event=0.1))
    return await impatient.ask(await visited.chat(), "Где ВРУ?")


def me(*reactions: Any) -> Deed:
    """Asks who one is, and is answered so."""

    async def deed(visited: Visit) -> object:
        visited.server.respond("GET", "/me", *reactions)
        return await visited.client.get_me()

    return deed


def posted(reaction: Any) -> Deed:
    """Asks a question whose message is answered so."""

    async def deed(visited: Visit) -> object:
        chat = await visited.chat()
        visited.server.respond("POST", "/chats/*/messages", reaction)
        return await visited.client.ask(chat, "Где ВРУ?")

    return deed


async def wrong_token(visited: Visit) -> object:
    return await visited.client.authenticate("wrong")


async def expired_login(visited: Visit) -> object:
    store = MemoryTokenStore()
    key = TokenKey.of_profile(visited.server.url, "default")
    store.save(key, TokenSet(access_token="x.y.z", refresh_token="used up"))
    async with AsyncAIZoomDocClient(visited.server.url, token_store=store) as client:
        return await client.get_me()


async def unknown_chat(visited: Visit) -> object:
    return await visited.client.get_chat(uuid.uuid4())


async def malformed_id(visited: Visit) -> object:
    return await visited.client.get_chat("no-uuid")


async def folder_results(visited: Visit) -> object:
    [root, *_] = await visited.client.get_projects_tree("mycompany")
    return await visited.client.get_document_results(root)


async def foreign_chat(visited: Visit) -> object:
    chat = await visited.chat()
    visited.server.store.add_user("other", "other")
    return await visited.client.with_options(static_token="other").get_chat(chat)


async def too_large(visited: Visit) -> object:
    visited.server.behavior = attrs.evolve(visited.server.behavior, upload_limit=10)
    return await visited.client.upload_file(b"m" * 11)


async def unseekable(visited: Visit) -> object:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError("a pipe")

    await visited.client.get_me()
    visited.server.expire_tokens()
    return await visited.client.upload_file(Pipe(b"once"), filename="план.pdf")


async def nobody_listens(visited: Visit) -> object:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    async with AsyncAIZoomDocClient(url, "token", token_store=MemoryTokenStore()) as client:
        return await client.health()


async def other_question(visited: Visit) -> object:
    """Somebody else asks in the same chat while the answer breaks off."""
    chat = await visited.chat()
    visited.server.script_answer([Deltas(["Высота"]), Stall()])
    stream = visited.client.send_message(chat, "Где ВРУ?")
    async for event in stream:
        if event.event == "llm_token":
            visited.server.chats[chat.id].add("user", "А ЩО?")
            visited.server.model_runs[0].stream.drop(reset=True)
    return stream


async def full_window(visited: Visit) -> object:
    """The answer breaks off in a chat whose history cannot show it."""
    chat = await visited.chat()
    for number in range(100):
        visited.server.chats[chat.id].add("user" if number % 2 == 0 else "assistant", str(number))
    visited.server.script_answer([Drop()])
    return await visited.client.ask(chat, "Где ВРУ?")


async def no_configuration(_visited: Visit) -> object:
    return AsyncAIZoomDocClient("ftp://example.org")


async def hanging(visited: Visit) -> object:
    visited.server.respond("GET", "/me", Hang())
    return await visited.client.with_options(timeout=0.1).get_me()


DEEDS: Mapping[str, tuple[type[exc.AIZoomDocError], Deed]] = {
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
    "500": (exc.ServerError, me(internal_error())),
    "502": (exc.GatewayError, me(html_page(502))),
    "503": (exc.GatewayError, me(html_page(503))),
    "504": (exc.GatewayError, me(html_page(504))),
    "nobody listens": (exc.APIConnectionError, nobody_listens),
    "a reset": (exc.APIConnectionError, me(Reset())),
    "no answer": (exc.APITimeoutError, hanging),
    "a message that was lost": (exc.DeliveryUnknownError, posted(Reset())),
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
"""Never raised as such: they are there to be caught."""


@pytest.mark.parametrize("case", DEEDS)
async def test_the_error_is_raised(case: str) -> None:
    """Exactly that class, in one line, with what is known of the request; and it survives a pickle."""
    kind, deed = DEEDS[case]
    async with visit(ServerBehavior.PRODUCTION, **IMPATIENT) as visited:
        with pytest.raises(exc.AIZoomDocError) as caught:
            await deed(visited)

    error = caught.value
    assert kind is type(error)
    assert "verbatim" != error.code
    assert error.localized("ru")
    assert "\n" not in str(error)
    assert (str(error), error.__dict__) == (str(copy := pickle.loads(pickle.dumps(error))), copy.__dict__)
    if isinstance(error, exc.APIError) and not isinstance(error, exc.TokenExpiredError):
        assert error.path is not None


def test_every_class_is_raised_here() -> None:
    """A new class of the tree needs a way to be raised."""
    tree = {kind for kind in vars(exc).values() if isinstance(kind, type) and issubclass(kind, exc.AIZoomDocError)}

    assert tree == {kind for kind, _ in DEEDS.values()} | ABSTRACT


def test_the_contracts_ladder_catches_what_requests_raise() -> None:
    """Everything but a mistake in the caller's own settings is an `APIError`, as the contract's last rung says."""
    beside = {exc.AIZoomDocError, exc.ConfigurationError, exc.NotReplayableError}
    tree = {kind for kind in vars(exc).values() if isinstance(kind, type) and issubclass(kind, exc.AIZoomDocError)}

    assert beside == {kind for kind in tree if not issubclass(kind, exc.APIError)}


async def test_a_422_never_shows_its_input() -> None:
    """The server echoes what it was given, the static token included: only paths and reasons are kept."""
    async with visit() as visited:
        echo = {"static_token": visited.server.static_token}
        visited.server.respond("POST", "/auth/exchange", validation_error(("body", "static_token"), echo=echo))
        with pytest.raises(exc.ValidationError) as caught:
            await visited.client.get_me()

        assert (("static_token", "Field required"),) == caught.value.fields
        assert visited.server.static_token not in repr(vars(caught.value)) + str(caught.value)


async def test_a_page_becomes_a_line() -> None:
    """Of a proxy's page only its title is shown."""
    async with visit(**IMPATIENT) as visited:
        with pytest.raises(exc.GatewayError) as caught:
            await me(html_page(502))(visited)

        assert "GET /me: 502 Bad Gateway (HTTP 502)" == str(caught.value)
