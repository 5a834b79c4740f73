"""Access tokens: JWTs signed with HS256 by a secret that outlives the process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import attrs
import jwt

from .failures import Failure


@attrs.frozen
class Bearer:
    """Whom a valid access token stands for, and the login that it came from."""

    user_id: str
    session: str


class AccessTokens:
    """Makes and reads access tokens that live `life` seconds."""

    def __init__(self, secret: str, life: int) -> None:
        self._secret = secret
        self.life = life

    def issue(self, user_id: str, session: str) -> str:
        """A new token of that login."""
        now = datetime.now(UTC)
        claims = {
            "sub": user_id,
            "iat": now,
            "exp": now + timedelta(seconds=self.life),
            "type": "access",
            "sid": session,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, token: str) -> Bearer:
        """Whom the token stands for. Raises `Failure` 401 for one that has ended or was not made here."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._secret, algorithms=["HS256"], options={"require": ["sub", "exp", "iat", "sid"]}
            )
        except jwt.ExpiredSignatureError:
            raise Failure(401, "Token has expired") from None
        except jwt.InvalidTokenError:
            raise Failure(401, "Could not validate credentials") from None
        if claims.get("type") != "access":
            raise Failure(401, "Could not validate credentials")
        return Bearer(claims["sub"], claims["sid"])
