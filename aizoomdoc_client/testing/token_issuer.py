"""Access and refresh tokens as servers issue them: JSON Web Tokens signed with HS256, and random refresh tokens."""

from __future__ import annotations

import enum
import secrets
import time
from importlib.util import find_spec

import attrs

from ..catalog import text
from ..exceptions import ConfigurationError


class TokenState(enum.Enum):
    """What a server makes of an access token."""

    VALID = "valid"
    EXPIRED = "expired"
    GARBAGE = "garbage"


@attrs.define
class TokenIssuer:
    """Issues and verifies the tokens of one server.

    `expires_in` is the life of future access tokens in seconds; `clock_skew` is by how many seconds the clock of the server is
    ahead, which shows in the dates of its tokens.

    Raises `ConfigurationError` where PyJWT, which the extra ``testing`` installs, is missing.
    """

    expires_in: float = 3600
    clock_skew: float = 0
    secret: bytes = attrs.field(factory=lambda: secrets.token_bytes(32), repr=False)
    _issued: set[str] = attrs.field(factory=set[str], init=False, repr=False)
    _expired: set[str] = attrs.field(factory=set[str], init=False, repr=False)
    _refresh: dict[str, str] = attrs.field(factory=dict[str, str], init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if find_spec("jwt") is None:
            needs = text("extra_missing", part=text("the_scripted_server"), packages=["pyjwt"], extra="testing")
            raise ConfigurationError(needs, details={"missing": ["pyjwt"]})

    def issue(self, user_id: str) -> str:
        """A new access token; no two are equal."""
        import jwt

        now = time.time() + self.clock_skew
        claims = {"sub": user_id, "exp": int(now + self.expires_in), "iat": int(now), "type": "access"}
        token = jwt.encode({**claims, "jti": secrets.token_hex(4)}, self.secret, algorithm="HS256")
        self._issued.add(token)
        return token

    def verify(self, token: str) -> tuple[TokenState, str]:
        """The state of an access token, and the id of its user (empty for garbage)."""
        import jwt

        # The library knows the clock of this machine only, so the dates are checked below, by the clock of the server.
        try:
            claims = jwt.decode(token, self.secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
        except jwt.InvalidTokenError:
            return TokenState.GARBAGE, ""
        expired = token in self._expired or claims["exp"] <= time.time() + self.clock_skew
        return (TokenState.EXPIRED if expired else TokenState.VALID), str(claims["sub"])

    def expire(self, token: str) -> None:
        """Makes one access token expired."""
        self._expired.add(token)

    def expire_all(self) -> None:
        """Makes all access tokens issued so far expired."""
        self._expired |= self._issued

    def change_secret(self) -> None:
        """Makes all tokens issued so far invalid, as a redeployment does."""
        self.secret = secrets.token_bytes(32)
        self._refresh.clear()

    def issue_refresh(self, user_id: str) -> str:
        """A new refresh token."""
        token = secrets.token_urlsafe(24)
        self._refresh[token] = user_id
        return token

    def redeem(self, token: str, *, rotate: bool) -> str | None:
        """The id of the user of a refresh token, or None if it is invalid; with `rotate` it is valid only once."""
        return self._refresh.pop(token, None) if rotate else self._refresh.get(token)

    def expire_refresh_tokens(self) -> None:
        """Makes all refresh tokens invalid."""
        self._refresh.clear()
