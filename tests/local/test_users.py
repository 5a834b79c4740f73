"""The user, the settings, the roles, and the server's health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.local.people import Reply, Serve, User

ALL = {
    "model_profile": "complex",
    "selected_role_prompt_id": 2,
    "temperature": 0.5,
    "top_p": 0.25,
    "thinking_enabled": True,
    "thinking_budget": 1024,
    "media_resolution": "low",
}


async def test_every_setting_is_kept(serve: Serve) -> None:
    """All seven, over a restart, and for this user only."""
    user = await serve()
    changed = await user.ask("PATCH", "/me/settings", json=ALL)
    await user.server.__aexit__(None, None, None)
    again = await serve()

    assert Reply(200, ALL) == changed
    assert ALL == (await again.get("/me")).body["settings"]


async def test_settings_are_each_users_own(user: User, second: Callable[[User], Awaitable[User]]) -> None:
    """What one user sets, another does not see."""
    await user.ask("PATCH", "/me/settings", json=ALL)

    assert "simple" == (await (await second(user)).get("/me")).body["settings"]["model_profile"]


async def test_what_is_left_out_stays_and_null_unsets_the_role(user: User) -> None:
    """A change of one field touches no other."""
    await user.ask("PATCH", "/me/settings", json=ALL)
    reply = await user.ask("PATCH", "/me/settings", json={"selected_role_prompt_id": None})

    assert Reply(200, ALL | {"selected_role_prompt_id": None}) == reply


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
