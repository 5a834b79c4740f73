"""Health, tokens, the user, settings and roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..behavior import ServerBehavior
from ..field_rules import FieldRule, boolean, choice, number, whole_number
from ..reactions import detail
from ..server_store import StoredUser, default_settings, now
from . import RefusalError, Route, RouteRequest

PRODUCTION_SETTINGS = ("model_profile", "selected_role_prompt_id")
"""The settings that the production server keeps; it shows the others with their defaults, whatever was sent."""
SETTINGS: Mapping[str, FieldRule] = {
    "model_profile": choice("simple", "complex"),
    "selected_role_prompt_id": whole_number(),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "thinking_enabled": boolean,
    "thinking_budget": whole_number(0, 24576),
    "media_resolution": choice("low", "medium", "high"),
}


async def about(request: RouteRequest) -> web.StreamResponse:
    """GET /: what the server is."""
    return request.respond({"service": "AIZoomDoc Server", "version": "2.0.0", "docs": "/docs", "health": "/health"})


async def health(request: RouteRequest) -> web.StreamResponse:
    """GET /health: healthy even without a database."""
    return request.respond({"status": "healthy", "version": "2.0.0", "service": "aizoomdoc-server"})


async def exchange_token(request: RouteRequest) -> web.StreamResponse:
    """POST /auth/exchange."""
    state, static_token = request.state, request.text("static_token")
    user = None if state.database_down else state.store.user_of_static_token(static_token)
    if user is None:
        raise RefusalError(detail(401, "Invalid static token"))
    if user.status != "active":
        raise RefusalError(detail(403, "User account is not active"))
    return request.respond({**_tokens(request, user), "token_type": "bearer", "user": _user(user, state.behavior)})


async def refresh_token(request: RouteRequest) -> web.StreamResponse:
    """POST /auth/refresh, if the server has refresh tokens."""
    state = request.state
    if not state.behavior.refresh_tokens:
        raise RefusalError(detail(404, "Not Found"))
    user_id = state.tokens.redeem(request.text("refresh_token"), rotate=state.behavior.rotates_refresh_tokens)
    user = state.store.users.get(user_id or "")
    if user is None:
        raise RefusalError(detail(401, "Invalid refresh token"))
    return request.respond(_tokens(request, user))


async def logout(request: RouteRequest) -> web.StreamResponse:
    """POST /auth/logout; the production server needs no token for it and ends no session."""
    if request.state.behavior.logout_ends_session and request.recorded.token is not None:
        request.state.tokens.expire(request.recorded.token)
    return request.respond({"message": "Successfully logged out"})


async def me(request: RouteRequest) -> web.StreamResponse:
    """GET /me."""
    user, behavior = request.user(), request.state.behavior
    return request.respond({
        "user": _user(user, behavior),
        "settings": _settings(user, behavior),
        "gemini_api_key_configured": False,
    })  # fmt: skip


async def update_settings(request: RouteRequest) -> web.StreamResponse:
    """PATCH /me/settings: settings that the server does not keep are accepted and dropped."""
    user, behavior = request.user(), request.state.behavior
    wanted = {name: value for name, value in request.body(known=SETTINGS).items() if name in user.settings}
    role = wanted.get("selected_role_prompt_id")
    if role is not None and role not in {known["id"] for known in request.state.store.roles}:
        raise RefusalError(detail(404, "Role prompt not found"))
    nullable = {"selected_role_prompt_id"} if behavior.unsets_role else set[str]()
    user.settings.update({name: value for name, value in wanted.items() if value is not None or name in nullable})
    return request.respond(_settings(user, behavior))


async def roles(request: RouteRequest) -> web.StreamResponse:
    """GET /prompts/roles, without credentials."""
    date = request.state.behavior.date(now(), "role")
    shown = [] if request.state.database_down else request.state.store.roles
    return request.respond([{**role, "created_at": date, "updated_at": date} for role in shown])


def _tokens(request: RouteRequest, user: StoredUser) -> dict[str, Any]:
    tokens, behavior = request.state.tokens, request.state.behavior
    issued: dict[str, Any] = {"access_token": tokens.issue(user.id), "expires_in": tokens.expires_in}
    return {**issued, "refresh_token": tokens.issue_refresh(user.id)} if behavior.refresh_tokens else issued


def _user(user: StoredUser, behavior: ServerBehavior) -> dict[str, Any]:
    created_at = behavior.date(user.created_at, "user")
    return {"id": user.id, "username": user.username, "status": user.status, "created_at": created_at}


def _settings(user: StoredUser, behavior: ServerBehavior) -> dict[str, Any]:
    if behavior.keeps_all_settings:
        return user.settings
    return {**default_settings(), **{name: user.settings[name] for name in PRODUCTION_SETTINGS}}


ROUTES = (
    Route("GET", "/", about),
    Route("GET", "/health", health),
    Route("POST", "/auth/exchange", exchange_token),
    Route("POST", "/auth/refresh", refresh_token),
    Route("POST", "/auth/logout", logout),
    Route("GET", "/me", me),
    Route("PATCH", "/me/settings", update_settings),
    Route("GET", "/prompts/roles", roles),
)
