"""Tokens on the wire: exchange, refresh, and what becomes of bad ones."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from aizoomdoc_client.testing import ScriptedServer


async def exchange(caller: Any, static_token: str) -> tuple[int, Any]:
    return await caller.call("POST", "/auth/exchange", json={"static_token": static_token}, headers={})


async def test_an_exchange_gives_a_token_its_life_and_the_user(caller: Any) -> None:
    """The production server's exchange has exactly the documented fields, and no refresh token."""
    status, session = await exchange(caller, caller.server.static_token)

    assert 200 == status
    assert {"access_token", "token_type", "expires_in", "user"} == set(session)
    assert ("bearer", 3600) == (session["token_type"], session["expires_in"])
    assert {"id", "username", "status", "created_at"} == set(session["user"])


async def test_an_access_token_is_a_jwt_with_the_documented_claims(caller: Any) -> None:
    """Its header says HS256, and its claims hold sub, exp, iat and type."""
    _, session = await exchange(caller, caller.server.static_token)
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in session["access_token"].split(".")[:2])

    assert "HS256" == header["alg"]
    assert (caller.server.user.id, 3600) == (claims["sub"], claims["exp"] - claims["iat"])
    assert "access" == claims["type"]


async def test_a_skewed_clock_shows_in_the_token_and_not_in_its_life(caller: Any) -> None:
    """A server whose clock is a day ahead still gives tokens that work for `expires_in` seconds."""
    caller.server.clock_skew = 86400
    caller.token = caller.server.issue_token()

    assert 200 == (await caller.call("GET", "/me"))[0]


@pytest.mark.parametrize(
    ("static_token", "answer"),
    [
        ("wrong", (401, {"detail": "Invalid static token"})),
        ("blocked-token", (403, {"detail": "User account is not active"})),
    ],
)
async def test_a_static_token_that_may_not_log_in_is_refused(caller: Any, static_token: str, answer: Any) -> None:
    """An unknown static token is 401, one of an inactive user 403."""
    caller.server.store.add_user("blocked-token", "blocked", status="blocked")

    assert answer == await exchange(caller, static_token)


async def test_a_validation_error_echoes_the_static_token(caller: Any) -> None:
    """The 422 of an exchange repeats its input, credentials included."""
    status, error = await caller.call("POST", "/auth/exchange", json={"token": "secret-token"}, headers={})

    assert 422 == status
    assert [
        {"type": "missing", "loc": ["body", "static_token"], "msg": "Field required", "input": {"token": "secret-token"}}
    ] == (error["detail"])


async def test_no_authorization_header_is_403(caller: Any) -> None:
    """A request without the header is forbidden, not unauthorized."""
    assert (403, {"detail": "Not authenticated"}) == await caller.call("GET", "/me", headers={})


async def test_an_expired_token_is_401(caller: Any) -> None:
    """Tokens made to expire are refused, and the next exchange gives one that works."""
    caller.server.expire_tokens()
    expired = await caller.call("GET", "/me")
    _, session = await exchange(caller, caller.server.static_token)
    caller.token = session["access_token"]

    assert (401, {"detail": "Token has expired"}) == expired
    assert 200 == (await caller.call("GET", "/me"))[0]


async def test_a_token_expires_by_itself(caller: Any) -> None:
    """A token whose life is over is refused without anybody's help."""
    caller.server.expires_in = 0
    caller.token = caller.server.issue_token()

    assert 401 == (await caller.call("GET", "/me"))[0]


@pytest.mark.parametrize("spoil", ["garbage", "secret", "signature"])
async def test_an_unreadable_token_is_500_and_a_silent_close(caller: Any, spoil: str) -> None:
    """Garbage, or a token of another secret: a 500 that promises to keep the connection, which is then closed."""
    token = {"garbage": "abc", "secret": caller.token, "signature": caller.token[:-1] + "!"}[spoil]
    if spoil == "secret":
        caller.server.change_secret()
    received = await caller.raw(f"GET /me HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n")

    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"connection:" not in received.lower()
    assert b'"internal_server_error"' in received


async def test_logout_invalidates_nothing(caller: Any) -> None:
    """After a production logout the token still works."""
    status, body = await caller.call("POST", "/auth/logout")

    assert (200, ["message"]) == (status, list(body))
    assert 200 == (await caller.call("GET", "/me"))[0]


async def test_production_has_no_refresh(caller: Any) -> None:
    """There is no /auth/refresh in production."""
    assert 404 == (await caller.call("POST", "/auth/refresh", json={"refresh_token": "x"}))[0]


async def test_with_its_database_down_production_lies(caller: Any) -> None:
    """Valid tokens become invalid, lists empty, a new chat a 500, and the server says that it is well."""
    await caller.chat()
    caller.server.database_down = True

    assert 401 == (await exchange(caller, caller.server.static_token))[0]
    assert (200, []) == await caller.call("GET", "/chats")
    assert (200, []) == await caller.call("GET", "/prompts/roles")
    assert 500 == (await caller.call("POST", "/chats", json={}))[0]
    assert "healthy" == (await caller.call("GET", "/health"))[1]["status"]


async def test_the_contract_refreshes_once_a_token(contract: Any) -> None:
    """A refresh token gives a new access token and another refresh token, and then no more."""
    _, session = await exchange(contract, contract.server.static_token)
    body = {"refresh_token": session["refresh_token"]}
    status, renewed = await contract.call("POST", "/auth/refresh", json=body, headers={})
    contract.token = renewed["access_token"]

    assert 200 == status
    assert session["refresh_token"] != renewed["refresh_token"]
    assert 200 == (await contract.call("GET", "/me"))[0]
    assert 401 == (await contract.call("POST", "/auth/refresh", json=body, headers={}))[0]


async def test_refresh_tokens_can_be_expired(contract: Any) -> None:
    """After `expire_refresh_tokens` a refresh is 401."""
    _, session = await exchange(contract, contract.server.static_token)
    contract.server.expire_refresh_tokens()

    assert 401 == (await contract.call("POST", "/auth/refresh", json={"refresh_token": session["refresh_token"]}))[0]


async def test_the_contract_knows_garbage_from_failure(contract: Any) -> None:
    """Garbage is 401 there, and a logout ends the token."""
    assert 401 == (await contract.call("GET", "/me", headers={"Authorization": "Bearer abc"}))[0]
    await contract.call("POST", "/auth/logout")
    assert 401 == (await contract.call("GET", "/me"))[0]


async def test_each_static_token_is_another_user() -> None:
    """Two tokens, two users."""
    server = ScriptedServer(static_tokens=("first", "second"))

    assert ["user-1", "user-2"] == [user.username for user in server.store.users.values()]
    assert "first" == server.static_token
