"""Logging in and out, the user, the settings, the roles, and the server's health."""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aizoomdoc_client import AsyncAIZoomDocClient
from aizoomdoc_client.storage.memory import MemoryTokenStore
from tests.local.support import Reply, Serve, User

ALL_SETTINGS = {
    "model_profile": "complex",
    "selected_role_prompt_id": 2,
    "temperature": 0.5,
    "top_p": 0.25,
    "thinking_enabled": True,
    "thinking_budget": 1024,
    "media_resolution": "low",
}


async def test_an_exchange_gives_the_user_and_tokens(user: User) -> None:
    """The body has the fields of the wire, and a refresh token."""
    assert {"access_token", "token_type", "expires_in", "refresh_token", "user"} == set(user.login)
    assert ("bearer", 3600, "user1") == (user.login["token_type"], user.login["expires_in"], user.login["user"]["username"])


async def test_without_refresh_tokens_there_is_neither_field_nor_endpoint(serve: Serve) -> None:
    """The server then looks like today's production server."""
    user = await serve(refresh_tokens=False)

    assert "refresh_token" not in user.login
    assert 404 == (await user.post("/auth/refresh", {"refresh_token": "x"})).status


async def test_a_wrong_static_token_is_401(user: User) -> None:
    """The detail says which token is meant."""
    reply = await user.post("/auth/exchange", {"static_token": "wrong"})

    assert Reply(401, {"detail": "Invalid static token"}) == reply


async def test_guesses_are_slowed_down(serve: Serve) -> None:
    """After ten wrong tokens no further one is looked at, not the right one either; who is logged in stays so."""
    user = await serve()
    wrong = await asyncio.gather(*(user.post("/auth/exchange", {"static_token": f"guess {number}"}) for number in range(20)))
    url, right = f"{user.server.url}/auth/exchange", {"static_token": "first-token"}
    async with user.session.post(url, json=right) as response:
        refused, seconds = await response.json(), int(response.headers["Retry-After"])
    renewed = await user.post("/auth/refresh", {"refresh_token": user.login["refresh_token"]})

    assert Counter({401: 10, 429: 10}) == Counter(reply.status for reply in wrong)
    assert ({"detail": "Too many wrong tokens: try again later"}, True) == (refused, 1 <= seconds <= 6)
    assert (200, 200) == (renewed.status, (await user.get("/me")).status)


async def test_right_tokens_are_not_counted(user: User) -> None:
    """However many log in at once."""
    replies = await asyncio.gather(*(user.post("/auth/exchange", {"static_token": "first-token"}) for _ in range(50)))

    assert {200} == {reply.status for reply in replies}


async def test_a_client_waits_until_its_token_is_looked_at(serve: Serve) -> None:
    """As the header says, and gets in by itself."""
    user = await serve(failed_logins_per_minute=60)
    for number in range(61):
        await user.post("/auth/exchange", {"static_token": f"guess {number}"})
    async with AsyncAIZoomDocClient(user.server.url, "first-token", token_store=MemoryTokenStore()) as client:
        assert "user1" == (await client.get_me()).user.username


async def test_a_static_token_is_compared_with_all_in_constant_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether one fits or none, and wherever it stands; by digests, so that lengths do not matter either."""
    user, compared = await serve(), list[tuple[int, int]]()
    compare = hmac.compare_digest

    def counted(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr("aizoomdoc_client.local.repository.stored_users.hmac.compare_digest", counted)
    for token in ("first-token", "second-token", "x", "x" * 1000):
        await user.post("/auth/exchange", {"static_token": token})

    assert [(64, 64)] * 8 == [lengths for lengths in compared if lengths[1] == 64]


async def test_a_token_that_is_no_longer_listed_is_403(serve: Serve) -> None:
    """A user whose token was removed from the settings is inactive; the access token is refused, too."""
    first = await serve(tokens=("kept", "dropped"))
    dropped = await first.post("/auth/exchange", {"static_token": "dropped"})
    await first.server.__aexit__(None, None, None)
    later = await serve(tokens=("kept",))

    inactive = Reply(403, {"detail": "User account is not active"})
    assert inactive == await later.post("/auth/exchange", {"static_token": "dropped"})
    assert inactive == await later.get("/me", headers={"Authorization": f"Bearer {dropped.body['access_token']}"})


async def test_a_refresh_token_works_once(user: User) -> None:
    """It gives new tokens, which work; the second use is 401."""
    body = {"refresh_token": user.login["refresh_token"]}
    renewed = await user.post("/auth/refresh", body)

    assert 200 == renewed.status
    assert 200 == (await user.get("/me", headers={"Authorization": f"Bearer {renewed.body['access_token']}"})).status
    assert Reply(401, {"detail": "Invalid refresh token"}) == await user.post("/auth/refresh", body)
    assert 200 == (await user.post("/auth/refresh", {"refresh_token": renewed.body["refresh_token"]})).status


async def test_logging_out_ends_the_refresh_token(user: User) -> None:
    """Also when the request has the access token only."""
    assert 200 == (await user.post("/auth/logout")).status
    assert 401 == (await user.post("/auth/refresh", {"refresh_token": user.login["refresh_token"]})).status


async def test_no_token_is_kept_in_the_database(user: User) -> None:
    """Only digests are, so that a copy of the database is of no use for a login."""
    folder = user.server.settings.data_dir
    stored = b"".join(path.read_bytes() for path in folder.glob("*.sqlite3*"))

    secrets = ("first-token", user.login["access_token"], user.login["refresh_token"])
    assert [] == [secret for secret in secrets if secret.encode() in stored]


async def test_every_setting_is_kept(serve: Serve) -> None:
    """All seven, over a restart, and for this user only."""
    user = await serve()
    changed = await user.ask("PATCH", "/me/settings", json=ALL_SETTINGS)
    await user.server.__aexit__(None, None, None)
    again = await serve()

    assert Reply(200, ALL_SETTINGS) == changed
    assert ALL_SETTINGS == (await again.get("/me")).body["settings"]


async def test_settings_are_each_users_own(user: User, second: Callable[[User], Awaitable[User]]) -> None:
    """What one user sets, another does not see."""
    await user.ask("PATCH", "/me/settings", json=ALL_SETTINGS)

    assert "simple" == (await (await second(user)).get("/me")).body["settings"]["model_profile"]


async def test_what_is_left_out_stays_and_null_unsets_the_role(user: User) -> None:
    """A change of one field touches no other."""
    await user.ask("PATCH", "/me/settings", json=ALL_SETTINGS)
    reply = await user.ask("PATCH", "/me/settings", json={"selected_role_prompt_id": None})

    assert Reply(200, ALL_SETTINGS | {"selected_role_prompt_id": None}) == reply


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_profile", "clever"),
        ("model_profile", None),
        ("temperature", 2.1),
        ("temperature", -0.1),
        ("temperature", True),
        ("top_p", 1.01),
        ("thinking_enabled", "yes"),
        ("thinking_budget", 24577),
        ("thinking_budget", 1.5),
        ("media_resolution", "huge"),
        ("selected_role_prompt_id", "Инженер"),
    ],
)
async def test_a_value_out_of_bounds_is_422_that_names_the_field(user: User, field: str, value: Any) -> None:
    """And nothing is changed."""
    before = (await user.get("/me")).body["settings"]
    reply = await user.ask("PATCH", "/me/settings", json={field: value})

    assert (422, [["body", field]], value) == (
        reply.status,
        [item["loc"] for item in reply.body["detail"]],
        reply.body["detail"][0]["input"],
    )
    assert before == (await user.get("/me")).body["settings"]


async def test_an_unknown_setting_is_refused(user: User) -> None:
    """It would not be kept, so it must not look as if it were."""
    assert 422 == (await user.ask("PATCH", "/me/settings", json={"temprature": 1})).status


async def test_an_unknown_role_is_404(user: User) -> None:
    """The detail names it."""
    assert Reply(404, {"detail": "Role 99 not found"}) == await user.ask(
        "PATCH", "/me/settings", json={"selected_role_prompt_id": 99}
    )


async def test_the_engineer_is_among_the_roles(user: User) -> None:
    """The guide picks that role by its name; roles need no login."""
    async with user.session.get(f"{user.server.url}/prompts/roles") as response:
        roles = await response.json()

    assert "Инженер" in {role["name"] for role in roles}
    assert all(isinstance(role["id"], int) and role["is_active"] and role["content"] for role in roles)


async def test_health_needs_no_login(user: User) -> None:
    """It says what runs here."""
    async with user.session.get(f"{user.server.url}/health") as response:
        body = await response.json()

    assert (200, "healthy", user.server.settings.version) == (response.status, body["status"], body["version"])
