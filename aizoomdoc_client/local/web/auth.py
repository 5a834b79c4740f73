"""Logging in, staying in, logging out."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any
from uuid import uuid4

import attrs
from aiohttp import web

from ...models import User
from ..failures import Failure
from ..parts import Parts, parts_of
from ..store import logins, users
from .fields import body
from .replies import once, reply
from .who import bearer


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
    """A static token for an access token and, if the settings say so, a refresh token."""
    parts, given = parts_of(request), await body(request, Exchange, secret=True)

    def work(db: sqlite3.Connection) -> dict[str, Any]:
        user = users.by_token(db, given.static_token)
        if user is None:
            raise Failure(401, "Invalid static token")
        if user.status != "active":
            raise Failure(403, "User account is not active")
        return _tokens(parts, db, user, str(uuid4())) | {"token_type": "bearer", "user": user}

    response, _ = await once(request, "", 200, work, secret=True)
    return response


async def refresh(request: web.Request) -> web.Response:
    """A refresh token, used up by this, for new tokens."""
    parts, given = parts_of(request), await body(request, Refresh, secret=True)
    if not parts.settings.refresh_tokens:
        raise Failure(404, "Not Found")

    def work(db: sqlite3.Connection) -> dict[str, Any]:
        user, session = logins.redeem(db, given.refresh_token)
        return _tokens(parts, db, user, session) | {"token_type": "bearer"}

    response, _ = await once(request, "", 200, work, secret=True)
    return response


async def logout(request: web.Request) -> web.Response:
    """Makes the refresh token of the body, or those of the access token's login, worthless."""
    parts, given = parts_of(request), await body(request, Logout, secret=True)
    session = None
    with contextlib.suppress(Failure):  # nobody is kept from leaving by an ended token
        session = bearer(request).session
    await parts.database.run(logins.end, token=given.refresh_token, session=session)
    return reply({"message": "Logged out successfully"})


def _tokens(parts: Parts, db: sqlite3.Connection, user: User, session: str) -> dict[str, Any]:
    tokens: dict[str, Any] = {
        "access_token": parts.access_tokens.issue(user.id, session),
        "expires_in": parts.access_tokens.life,
    }
    if parts.settings.refresh_tokens:
        tokens["refresh_token"] = logins.issue(db, user, session)
    return tokens


ROUTES = (
    web.post("/auth/exchange", exchange),
    web.post("/auth/refresh", refresh),
    web.post("/auth/logout", logout),
)
