"""A login that fails before a message, or after its token was rejected: the error of the login, and no doubt about the chat."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import APIError, AuthenticationError, GatewayError, ProtocolError, ServerError
from aizoomdoc_client.testing import Reply, html_page, internal_error
from tests.client_and_server import ClientAndServer, client_and_server, client_of

MESSAGES = ("POST", "/chats/*/messages")
EXCHANGE = ("POST", "/auth/exchange")
LOGINS: dict[str, tuple[Any, type[APIError], int]] = {
    "a captive portal's page": (html_page(200), ProtocolError, 1),
    "a page of a gateway": (html_page(502), GatewayError, 3),
    "500": (internal_error(), ServerError, 3),
    "204": (Reply(204), ProtocolError, 1),
    "garbage": (Reply(200, "}{"), ProtocolError, 1),
    "a refused token": (Reply(401, {"detail": "Invalid static token"}), AuthenticationError, 1),
}
EACH_LOGIN = pytest.mark.parametrize(("reply", "kind", "attempts"), LOGINS.values(), ids=LOGINS)


async def asked_in_vain(pair: ClientAndServer, chat: Any, kind: type[APIError]) -> None:
    """Asks, which must fail with the login's own error and leave no doubt about the chat."""
    with pytest.raises(APIError) as caught:
        await pair.client.ask(chat, "Где ВРУ?")
    assert (kind, "/auth/exchange") == (type(caught.value), caught.value.path)
    assert not pair.client._parts.account.chats.of(chat.id).delivery_unknown
    assert [] == pair.server.posts


@EACH_LOGIN
async def test_a_login_that_fails_before_a_message(reply: Any, kind: type[APIError], attempts: int) -> None:
    """After the token ran out: the login's error, at once, after its own attempts; the next question is asked as usual."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        await pair.client.clear_tokens()
        pair.server.respond(*EXCHANGE, *[reply] * attempts)
        await asked_in_vain(pair, chat, kind)
        assert (1 + attempts, 0) == (len(pair.server.requests_to(*EXCHANGE)), len(pair.server.requests_to(*MESSAGES)))
        await pair.client.ask(chat, "Где ВРУ?")

        assert 1 == len(pair.server.posts)


@EACH_LOGIN
async def test_a_login_that_fails_after_a_401(reply: Any, kind: type[APIError], attempts: int) -> None:
    """The server rejected the message's token, so the message was not stored, and the error is the login's."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.expire_tokens()
        pair.server.respond(*EXCHANGE, *[reply] * 30)
        await asked_in_vain(pair, chat, kind)

        assert (1 + attempts, 1) == (len(pair.server.requests_to(*EXCHANGE)), len(pair.server.requests_to(*MESSAGES)))


@EACH_LOGIN
async def test_a_login_that_fails_before_the_history(reply: Any, kind: type[APIError], attempts: int) -> None:
    """In a chat that another client made, whose history is read first, nothing is posted."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        async with client_of(pair.server) as later:
            pair.server.respond(*EXCHANGE, *[reply] * 30)
            await asked_in_vain(ClientAndServer(pair.server, later), chat, kind)

        assert (1 + attempts, 0) == (len(pair.server.requests_to(*EXCHANGE)), len(pair.server.requests_to(*MESSAGES)))


async def test_a_login_that_fails_after_a_500_hides_nothing() -> None:
    """A message that was answered with 500 may be stored, also if a login fails afterwards."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond(*MESSAGES, internal_error())
        pair.server.respond("GET", "/me", *[internal_error()] * 9)
        pair.server.respond(*EXCHANGE, *[internal_error()] * 9)
        with pytest.raises(APIError, match="Nobody can tell"):
            await pair.client.ask(chat, "Где ВРУ?")

        assert 1 == len(pair.server.requests_to(*MESSAGES))
