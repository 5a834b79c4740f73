"""Health, tokens, the user, settings and roles, by the production server and by the contract."""

from __future__ import annotations

from typing import Any

import pytest


async def exchange(caller: Any, static_token: str) -> tuple[int, Any]:
    return await caller.call("POST", "/auth/exchange", json={"static_token": static_token}, headers={})


async def test_an_exchange_gives_a_token_its_lifetime_and_the_user(caller: Any) -> None:
    """The production server's exchange has exactly the documented fields, and no refresh token."""
    status, session = await exchange(caller, caller.server.static_token)

    assert 200 == status
    assert {"access_token", "token_type", "expires_in", "user"} == set(session)
    assert ("bearer", 3600) == (session["token_type"], session["expires_in"])
    assert {"id", "username", "status", "created_at"} == set(session["user"])


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
    """A request without the header is 403, not 401."""
    assert (403, {"detail": "Not authenticated"}) == await caller.call("GET", "/me", headers={})


async def test_an_expired_token_is_401(caller: Any) -> None:
    """Expired tokens are refused, and the next exchange gives one that is accepted."""
    caller.server.expire_tokens()
    expired = await caller.call("GET", "/me")
    _, session = await exchange(caller, caller.server.static_token)
    caller.token = session["access_token"]

    assert (401, {"detail": "Token has expired"}) == expired
    assert 200 == (await caller.call("GET", "/me"))[0]


@pytest.mark.parametrize("spoil", ["garbage", "secret", "signature"])
async def test_an_unreadable_token_is_500_and_a_silent_close(caller: Any, spoil: str) -> None:
    """Garbage, or a token of another secret: a 500 without `Connection: close`, after which the connection is closed."""
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


async def test_the_contract_accepts_a_refresh_token_once(contract: Any) -> None:
    """It gives a new access token and another refresh token, and is refused afterwards."""
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


async def test_the_contract_refuses_garbage_with_401(contract: Any) -> None:
    """Not with 500; and a logout ends the access token."""
    assert 401 == (await contract.call("GET", "/me", headers={"Authorization": "Bearer abc"}))[0]
    await contract.call("POST", "/auth/logout")
    assert 401 == (await contract.call("GET", "/me"))[0]


async def test_production_drops_most_settings(caller: Any) -> None:
    """A PATCH of any setting is 200; only the profile and the role are stored, and the others shown with their defaults."""
    status, settings = await caller.call("PATCH", "/me/settings", json={"model_profile": "complex", "temperature": 0.1})

    stored = {"model_profile": "complex", "selected_role_prompt_id": None}
    defaults = {"temperature": 1.0, "top_p": 0.95, "thinking_enabled": True, "thinking_budget": 0, "media_resolution": "high"}
    assert (200, stored | defaults) == (status, settings)
    assert settings == (await caller.call("GET", "/me"))[1]["settings"]


async def test_null_unsets_no_role_in_production(caller: Any) -> None:
    """Sending null leaves the role as it was."""
    await caller.call("PATCH", "/me/settings", json={"selected_role_prompt_id": 1})

    assert 1 == (await caller.call("PATCH", "/me/settings", json={"selected_role_prompt_id": None}))[1]["selected_role_prompt_id"]


async def test_the_contract_keeps_all_settings(contract: Any) -> None:
    """Every setting is stored, and null unsets the role."""
    wanted = {"temperature": 0.5, "top_p": 0.5, "thinking_budget": 100, "thinking_enabled": False, "media_resolution": "low"}
    await contract.call("PATCH", "/me/settings", json={**wanted, "selected_role_prompt_id": 1})
    _, settings = await contract.call("PATCH", "/me/settings", json={"selected_role_prompt_id": None})

    assert {**wanted, "selected_role_prompt_id": None, "model_profile": "simple"} == settings


@pytest.mark.parametrize(
    "setting",
    [
        {"temperature": 2.1},
        {"top_p": -1},
        {"thinking_budget": 24577},
        {"model_profile": "best"},
        {"selected_role_prompt_id": "one"},
    ],
)
async def test_a_setting_out_of_range_is_422(caller: Any, setting: dict[str, Any]) -> None:
    """The bounds apply even to settings that are dropped."""
    status, error = await caller.call("PATCH", "/me/settings", json=setting)

    assert (422, ["body", *setting]) == (status, error["detail"][0]["loc"])


async def test_the_role_of_the_contract_exists(caller: Any) -> None:
    """The roles need no credentials, and the role in the example of the contract is among them."""
    status, roles = await caller.call("GET", "/prompts/roles", headers={})

    assert (200, 1) == (status, len([role for role in roles if role["name"] == "Инженер"]))


async def test_production_hides_that_its_database_is_down(caller: Any) -> None:
    """Valid static tokens are refused, lists are empty, a new chat is a 500, and the health check is 200."""
    await caller.chat()
    caller.server.database_down = True

    assert 401 == (await exchange(caller, caller.server.static_token))[0]
    assert (200, []) == await caller.call("GET", "/chats")
    assert (200, []) == await caller.call("GET", "/prompts/roles")
    assert 500 == (await caller.call("POST", "/chats", json={}))[0]
    assert "healthy" == (await caller.call("GET", "/health"))[1]["status"]
