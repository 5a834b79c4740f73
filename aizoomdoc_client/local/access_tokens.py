"""Access tokens: JWTs signed with HS256; the secret is stored, so that they are valid after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import attrs
import jwt

from .request_errors import RequestError


@attrs.frozen
class AccessClaims:
    """The user of a valid access token, and the login that it was made for."""

    user_id: str
    session: str


class AccessTokens:
    """Makes and reads access tokens that are valid for `lifetime` seconds."""

    def __init__(self, secret: str, lifetime: int) -> None:
        self._secret = secret
        self.lifetime = lifetime

    def issue(self, user_id: str, session: str) -> str:
        """A new token of the login `session`."""
        now = datetime.now(UTC)
        claims = {
            "sub": user_id,
            "iat": now,
            "exp": now + timedelta(seconds=self.lifetime),
            "type": "access",
            "sid": session,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, token: str) -> AccessClaims:
        """What the token says. Raises `RequestError` 401 for one that has expired or was not made by this server."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._secret, algorithms=["HS256"], options={"require": ["sub", "exp", "iat", "sid"]}
            )
        except jwt.ExpiredSignatureError:
            raise RequestError(401, "Token has expired") from None
        except jwt.InvalidTokenError:
            raise RequestError(401, "Could not validate credentials") from None
        if claims.get("type") != "access":
            raise RequestError(401, "Could not validate credentials")
        return AccessClaims(claims["sub"], claims["sid"])
