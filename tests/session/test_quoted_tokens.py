"""Tokens that a server quotes stand in no error and in no log record, whatever they look like."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from aizoomdoc_client import APIError
from aizoomdoc_client.testing import Answer, Close, Emit, Reply, ServerBehavior
from tests.client_and_server import ClientAndServer, client_and_server

STATIC = {
    "UUID": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "short": "k7q",
    "word": "Сезам",
    "to be escaped": "a+b/c=&d",
}
QUOTES: dict[str, Callable[[str], Reply]] = {
    "plain text": lambda token: Reply(403, f"No access for {token}".encode(), {"Content-Type": "text/plain"}),
    "detail": lambda token: Reply(403, {"detail": f"Unknown token {token}, sorry"}),
    "title": lambda token: Reply(403, f"<html><title>{token} is unknown</title></html>"),
    "error": lambda token: Reply(400, {"error": token, "message": f"({token})"}),
    "fields": lambda token: Reply(422, {"detail": [{"loc": ["body", "x"], "msg": f"not {token}", "type": "t"}]}),
    "another type": lambda token: Reply(200, f"[{token}]".encode(), {"Content-Type": "text/plain"}),
    "location": lambda token: Reply(302, b"", {"Location": f"/login/{token}"}),
    "request id": lambda token: Reply(403, {"detail": "no"}, {"X-Request-Id": token if token.isascii() else "1"}),
}


def said(error: BaseException) -> str:
    """All that an error shows of itself."""
    found = error.__dict__ if hasattr(error, "__dict__") else {}
    return "".join([str(error), repr(error), str(found), *traceback.format_exception(error)])


async def log_in(pair: ClientAndServer) -> Any:
    return await pair.client.authenticate()


async def look(pair: ClientAndServer) -> Any:
    return await pair.client.get_me()


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("token", STATIC)
async def test_a_quoted_static_token_is_masked(token: str, quote: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whether it looks like a token or not."""
    caplog.set_level(logging.DEBUG, "aizoomdoc_client")
    async with client_and_server(static_token=STATIC[token]) as pair:
        pair.server.respond("POST", "/auth/exchange", *[QUOTES[quote](STATIC[token])] * 3)
        with pytest.raises(APIError) as caught:
            await log_in(pair)

    assert STATIC[token] not in said(caught.value)
    assert STATIC[token] not in caplog.text


@pytest.mark.parametrize("quote", QUOTES)
async def test_a_quoted_access_token_is_masked(quote: str, caplog: pytest.LogCaptureFixture) -> None:
    """An opaque one, too."""
    caplog.set_level(logging.DEBUG, "aizoomdoc_client")
    opaque = "opaque-01"
    async with client_and_server() as pair:
        session = {"access_token": opaque, "token_type": "bearer", "expires_in": 3600}
        pair.server.respond("POST", "/auth/exchange", *[Reply(200, session)] * 3)
        pair.server.respond("GET", "/me", *[QUOTES[quote](opaque)] * 5)
        with pytest.raises(APIError) as caught:
            await look(pair)

    assert opaque not in said(caught.value)
    assert opaque not in caplog.text


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_a_token_in_an_error_event_is_masked_in_the_error(transport: Any) -> None:
    """The event itself is what the server sent; the exception is the client's own."""
    token = STATIC["UUID"]
    async with client_and_server(ServerBehavior.CONTRACT, transport=transport) as pair:
        chat = await pair.chat()
        pair.server.store.add_user(token, "another")
        client = pair.client.with_options(static_token=token)
        own = await client.create_chat()
        pair.server.script_answer(Answer([Emit("error", {"message": f"quota of {token} is used up"})]))
        with pytest.raises(APIError) as caught:
            await client.ask(own, "?")
        assert chat.id != own.id

    assert "quota of … is used up" in str(caught.value)
    assert token not in said(caught.value)


async def test_a_token_in_a_close_reason_is_masked() -> None:
    """A reason is at most 123 bytes, and some servers put what they were sent into it."""
    async with client_and_server(ServerBehavior.CONTRACT, transport="websocket", retry=None) as pair:
        chat = await pair.chat()
        token = pair.server.static_token
        pair.server.answer_with(Answer([Close(1008, f"not for {token}")]))
        with pytest.raises(APIError) as caught:
            await pair.client.ask(chat, "?")

    assert token not in said(caught.value)


async def test_what_is_no_token_is_shown() -> None:
    """Ids of chats and the server's words stay, also where a short token is part of a word."""
    async with client_and_server(static_token="cha") as pair:
        pair.server.respond("POST", "/auth/exchange", *[Reply(403, {"detail": "cha: no chat for you"})] * 3)
        with pytest.raises(APIError, match="…: no chat for you"):
            await log_in(pair)
