"""Static tokens against access tokens."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..call import Call, RefusalError
from ..responses import detail
from ..store import StoredUser


async def exchange(call: Call) -> web.StreamResponse:
    """POST /auth/exchange."""
    static_token = call.text("static_token")
    user = None if call.backend.database_down else call.backend.store.user_of_static_token(static_token)
    if user is None:
        raise RefusalError(detail(401, "Invalid static token"))
    if user.status != "active":
        raise RefusalError(detail(403, "User account is not active"))
    return call.json({**_tokens(call, user), "token_type": "bearer", "user": call.backend.views.user(user)})


async def refresh(call: Call) -> web.StreamResponse:
    """POST /auth/refresh, where the guise has it."""
    guise = call.backend.guise
    if not guise.refresh_tokens:
        raise RefusalError(detail(404, "Not Found"))
    user_id = call.backend.mint.refreshed(call.text("refresh_token"), rotate=guise.rotates_refresh_tokens)
    user = call.backend.store.users.get(user_id or "")
    if user is None:
        raise RefusalError(detail(401, "Invalid refresh token"))
    return call.json(_tokens(call, user))


def _tokens(call: Call, user: StoredUser) -> dict[str, Any]:
    mint, guise = call.backend.mint, call.backend.guise
    tokens: dict[str, Any] = {"access_token": mint.issue(user.id), "expires_in": mint.expires_in}
    return {**tokens, "refresh_token": mint.issue_refresh(user.id)} if guise.refresh_tokens else tokens


async def logout(call: Call) -> web.StreamResponse:
    """POST /auth/logout, which production takes from anybody and which ends nothing there."""
    if call.backend.guise.logout_ends_session and call.recorded.token is not None:
        call.backend.mint.end(call.recorded.token)
    return call.json({"message": "Successfully logged out"})
