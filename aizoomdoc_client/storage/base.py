"""What a token store stores, under which key, and its interface."""

from __future__ import annotations

import hashlib
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from ..serializable import OneLineRepr


@attrs.frozen
class TokenKey(OneLineRepr):
    """A server and one of its users, so that clients of different users do not overwrite each other's tokens."""

    server_url: str
    user: str

    @classmethod
    def of_static_token(cls, server_url: str, static_token: str) -> TokenKey:
        """The key for a static token, which is represented by a digest."""
        return cls(server_url, "token:" + hashlib.sha256(static_token.encode("utf-8", "replace")).hexdigest()[:16])

    @classmethod
    def of_profile(cls, server_url: str, profile: str) -> TokenKey:
        """The key for a login with a profile."""
        return cls(server_url, f"profile:{profile}")


@attrs.frozen(kw_only=True)
class TokenSet(OneLineRepr):
    """The tokens of a login; every field may be missing. The ``repr`` shows no token.

    `expires_at` is in seconds since the epoch by this machine's wall clock. Only a new process uses it, because a running one
    measures by the monotonic clock.
    """

    access_token: str | None = attrs.field(default=None, repr=False)
    expires_at: float = 0.0
    expires_in: float = 0.0
    refresh_token: str | None = attrs.field(default=None, repr=False)
    static_token: str | None = attrs.field(default=None, repr=False)


class TokenStore(Protocol):
    """Stores token sets by key. All methods except `lock` block, for milliseconds."""

    def load(self, key: TokenKey) -> TokenSet | None:
        """The tokens stored under `key`; None without any."""
        ...

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Stores `tokens` under `key`; if that fails, keeps them in memory and issues a `TokenStoreWarning`, once."""
        ...

    def delete(self, key: TokenKey) -> None:
        """Deletes the tokens stored under `key`."""
        ...

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """A lock for renewing the tokens under `key`, held by one task of all processes at a time."""
        ...
