"""The user, the settings, the roles, and the server's health."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from ...models import Health, Me, Settings, User
from ..failures import Failure
from ..parts import parts_of
from ..roles import BY_ID, ROLES
from ..store import users
from .fields import body
from .replies import reply
from .who import current_user


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of PATCH /me/settings: what is left out stays, a null gives the default back (for the role: none).

    Not an attrs class, because those cannot refuse unknown fields: a setting that is not kept must not look as if it were.
    """

    model_profile: Literal["simple", "complex"] | UnsetType = UNSET
    selected_role_prompt_id: int | UnsetType | None = UNSET
    temperature: Annotated[float, Meta(ge=0, le=2)] | UnsetType | None = UNSET
    top_p: Annotated[float, Meta(ge=0, le=1)] | UnsetType | None = UNSET
    thinking_enabled: bool | UnsetType | None = UNSET
    thinking_budget: Annotated[int, Meta(ge=0, le=24576)] | UnsetType | None = UNSET
    media_resolution: Literal["low", "medium", "high"] | UnsetType | None = UNSET


async def me(request: web.Request) -> web.Response:
    """The user with the settings in force."""
    user = await current_user(request)
    return reply(await parts_of(request).database.run(_me, user))


def _me(db: sqlite3.Connection, user: User) -> Me:
    return Me(user=user, settings=users.settings(db, user.id), gemini_api_key_configured=False)


async def change_settings(request: web.Request) -> web.Response:
    """The settings after the change."""
    user = await current_user(request)
    given = msgspec.structs.asdict(await body(request, SettingsChange))
    change = {name: value for name, value in given.items() if value is not UNSET}
    role = change.get("selected_role_prompt_id")
    if role is not None and role not in BY_ID:
        raise Failure(404, f"Role {role} not found")
    return reply(await parts_of(request).database.run(_change, user, change))


def _change(db: sqlite3.Connection, user: User, change: dict[str, Any]) -> Settings:
    return users.change_settings(db, user.id, change)


async def roles(_request: web.Request) -> web.Response:
    """The roles."""
    return reply(ROLES)


async def health(request: web.Request) -> web.Response:
    """A greeting."""
    return reply(Health(status="healthy", version=parts_of(request).settings.version, service="aizoomdoc-local"))


ROUTES = (
    web.get("/health", health),
    web.get("/me", me),
    web.patch("/me/settings", change_settings),
    web.get("/prompts/roles", roles),
)
