"""Who asks."""

from __future__ import annotations

from aiohttp import web

from ...models import User
from ..credentials import Bearer
from ..failures import Failure
from ..parts import Parts, parts_of
from ..store import users


async def current_user(request: web.Request) -> User:
    """The user of the Authorization header. Raises `Failure` 403 without one, 401 for a bad or ended token."""
    return await user_of(parts_of(request), bearer(request))


def bearer(request: web.Request) -> Bearer:
    """What the Authorization header says; raises as `current_user`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token.strip():
        raise Failure(403, "Not authenticated")
    if scheme.lower() != "bearer":
        raise Failure(403, "Invalid authentication credentials")
    return parts_of(request).access_tokens.read(token.strip())


async def user_of(parts: Parts, login: Bearer) -> User:
    """The user of a valid access token. Raises `Failure` 401 or 403 where the user is no longer let in."""
    user = await parts.database.run(users.by_id, login.user_id)
    if user is None:
        raise Failure(401, "Could not validate credentials")
    if user.status != "active":
        raise Failure(403, "User account is not active")
    return user
