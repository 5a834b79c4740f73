"""Logging in and out, the user, the settings, the roles, and the server's health."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import Annotated, Any, Literal
from uuid import uuid4

import attrs
import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from ...models import Health, Me, Settings, User
from ..answering.roles import ROLES, ROLES_BY_ID
from ..app_state import AppState, state_of
from ..repository import stored_users
from ..request_errors import RequestError
from ..storage_errors import storage_problem
from .http_responses import idempotent_response, json_response
from .request_data import access_claims, current_user, read_body
from .request_log import USER


@attrs.frozen(kw_only=True)
class Exchange:
    """Body of POST /auth/exchange."""

    static_token: str


@attrs.frozen(kw_only=True)
class Refresh:
    """Body of POST /auth/refresh."""

    refresh_token: str


@attrs.frozen(kw_only=True)
class Logout:
    """Body of POST /auth/logout."""

    refresh_token: str | None = None


async def exchange(request: web.Request) -> web.Response:
    """Exchanges a static token for an access token and, where the settings allow it, a refresh token.

    Raises `RequestError` 429 where too many wrong ones came from that address.
    """
    state, given = state_of(request), await read_body(request, Exchange, secret=True)

    def work(db: sqlite3.Connection) -> dict[str, Any]:
        with state.login_limit.attempt(request.remote):
            user = stored_users.by_token(db, given.static_token)
            if user is None:
                raise RequestError(401, "Invalid static token")
        request[USER] = user.username
        if user.status != "active":
            raise RequestError(403, "User account is not active")
        return _tokens(state, db, user, str(uuid4())) | {"token_type": "bearer", "user": user}

    response, _ = await idempotent_response(request, "", 200, work, secret=True)
    return response


async def refresh(request: web.Request) -> web.Response:
    """Exchanges a refresh token, which is then no longer valid, for new tokens."""
    state, given = state_of(request), await read_body(request, Refresh, secret=True)
    if not state.settings.refresh_tokens:
        raise RequestError(404, "Not Found")

    def work(db: sqlite3.Connection) -> dict[str, Any]:
        user, session = stored_users.redeem_refresh_token(db, given.refresh_token)
        return _tokens(state, db, user, session) | {"token_type": "bearer"}

    response, _ = await idempotent_response(request, "", 200, work, secret=True)
    return response


async def logout(request: web.Request) -> web.Response:
    """Revokes the refresh token of the body and those of the access token's login."""
    state, given = state_of(request), await read_body(request, Logout, secret=True)
    session = None
    with contextlib.suppress(RequestError):  # logging out works with an expired token, too
        session = access_claims(request).session
    await state.database.run(stored_users.revoke_refresh_tokens, token=given.refresh_token, session=session)
    return json_response({"message": "Logged out successfully"})


def _tokens(state: AppState, db: sqlite3.Connection, user: User, session: str) -> dict[str, Any]:
    tokens: dict[str, Any] = {
        "access_token": state.access_tokens.issue(user.id, session),
        "expires_in": state.access_tokens.lifetime,
    }
    if state.settings.refresh_tokens:
        tokens["refresh_token"] = stored_users.issue_refresh_token(db, user, session)
    return tokens


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of PATCH /me/settings: a field left out stays, null sets it back to its default (for the role: none).

    It is no attrs class, because for those msgspec does not refuse unknown fields, and a setting that is not stored must not get
    a 200.
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
    return json_response(await state_of(request).database.run(_me, user))


def _me(db: sqlite3.Connection, user: User) -> Me:
    return Me(user=user, settings=stored_users.settings(db, user.id), gemini_api_key_configured=False)


async def change_settings(request: web.Request) -> web.Response:
    """The settings after the change."""
    user = await current_user(request)
    given = msgspec.structs.asdict(await read_body(request, SettingsChange))
    change = {name: value for name, value in given.items() if value is not UNSET}
    role = change.get("selected_role_prompt_id")
    if role is not None and role not in ROLES_BY_ID:
        raise RequestError(404, f"Role {role} not found")
    return json_response(await state_of(request).database.run(_change, user, change))


def _change(db: sqlite3.Connection, user: User, change: dict[str, Any]) -> Settings:
    return stored_users.change_settings(db, user.id, change)


async def list_roles(_request: web.Request) -> web.Response:
    """The roles to choose from."""
    return json_response(ROLES)


async def health(request: web.Request) -> web.Response:
    """The status and the version of the server; ``degraded``, with the reason, while it cannot store anything."""
    state = state_of(request)
    problem = await asyncio.to_thread(storage_problem, state.data_dir)
    return json_response(
        Health(
            status="healthy" if problem is None else "degraded",
            version=state.settings.version,
            service="aizoomdoc-local",
            reason=problem,
        )
    )


ROUTES = (
    web.post("/auth/exchange", exchange),
    web.post("/auth/refresh", refresh),
    web.post("/auth/logout", logout),
    web.get("/health", health),
    web.get("/me", me),
    web.patch("/me/settings", change_settings),
    web.get("/prompts/roles", list_roles),
)
