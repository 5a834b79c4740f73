"""Access and refresh tokens as the servers make them: JWT signed with HS256, and opaque refresh tokens."""

from __future__ import annotations

import base64
import enum
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import attrs


class TokenState(enum.Enum):
    """What a server makes of an access token."""

    VALID = "valid"
    EXPIRED = "expired"
    GARBAGE = "garbage"


@attrs.define
class TokenMint:
    """Makes and reads the tokens of one server.

    `expires_in` is the life of new access tokens in seconds; `clock_skew` seconds are added to the dates in them, as by a server
    whose clock is wrong.
    """

    expires_in: float = 3600
    clock_skew: float = 0
    secret: bytes = attrs.field(factory=lambda: secrets.token_bytes(32), repr=False)
    _issued: set[str] = attrs.field(factory=set[str], init=False, repr=False)
    _ended: set[str] = attrs.field(factory=set[str], init=False, repr=False)
    _refresh: dict[str, str] = attrs.field(factory=dict[str, str], init=False, repr=False)

    def issue(self, user_id: str) -> str:
        """A new access token; two of them are never the same."""
        now = time.time() + self.clock_skew
        claims = {"sub": user_id, "exp": int(now + self.expires_in), "iat": int(now), "type": "access"}
        token = self._signed({**claims, "jti": secrets.token_hex(4)})
        self._issued.add(token)
        return token

    def read(self, token: str) -> tuple[TokenState, str]:
        """The token's state, and whose it is (empty for garbage)."""
        body, _, signature = token.rpartition(".")
        if not body or not hmac.compare_digest(self._signature(body).encode(), signature.encode()):
            return TokenState.GARBAGE, ""
        claims = _decoded(body.partition(".")[2])
        expired = token in self._ended or claims["exp"] <= time.time() + self.clock_skew
        return (TokenState.EXPIRED if expired else TokenState.VALID), str(claims["sub"])

    def end(self, token: str) -> None:
        """Makes one access token expired."""
        self._ended.add(token)

    def end_all(self) -> None:
        """Makes all access tokens issued so far expired."""
        self._ended |= self._issued

    def change_secret(self) -> None:
        """Makes all tokens issued so far unreadable, as a redeployment does."""
        self.secret = secrets.token_bytes(32)
        self._refresh.clear()

    def issue_refresh(self, user_id: str) -> str:
        """A new refresh token."""
        token = secrets.token_urlsafe(24)
        self._refresh[token] = user_id
        return token

    def refreshed(self, token: str, *, rotate: bool) -> str | None:
        """Whose refresh token it is, or None; with `rotate` it works only once."""
        return self._refresh.pop(token, None) if rotate else self._refresh.get(token)

    def end_refresh_tokens(self) -> None:
        """Makes all refresh tokens invalid."""
        self._refresh.clear()

    def _signed(self, claims: dict[str, Any]) -> str:
        body = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{body}.{self._signature(body)}"

    def _signature(self, body: str) -> str:
        return _base64(hmac.new(self.secret, body.encode(), hashlib.sha256).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _decoded(part: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded
