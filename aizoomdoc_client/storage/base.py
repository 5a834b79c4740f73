"""What is kept of a login, under which key, and what a store can do."""

from __future__ import annotations

import hashlib
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs


@attrs.frozen
class TokenKey:
    """Whose tokens: a server and a user of it, so that two clients never overwrite each other's."""

    server_url: str
    user: str

    @classmethod
    def of_static_token(cls, server_url: str, static_token: str) -> TokenKey:
        """The key of a client that was given a static token; a digest stands for it."""
        return cls(server_url, "token:" + hashlib.sha256(static_token.encode("utf-8", "replace")).hexdigest()[:16])

    @classmethod
    def of_profile(cls, server_url: str, profile: str) -> TokenKey:
        """The key of whoever logged in under a profile."""
        return cls(server_url, f"profile:{profile}")


@attrs.frozen(kw_only=True)
class TokenSet:
    """What is kept of a login; every field may be missing.

    `expires_at` is in seconds since the epoch by this machine's wall clock, which only counts across restarts. No token is shown
    in the ``repr``.
    """

    access_token: str | None = attrs.field(default=None, repr=False)
    expires_at: float = 0.0
    expires_in: float = 0.0
    refresh_token: str | None = attrs.field(default=None, repr=False)
    static_token: str | None = attrs.field(default=None, repr=False)


class TokenStore(Protocol):
    """Keeps token sets by key. All methods but `lock` block, for milliseconds."""

    def load(self, key: TokenKey) -> TokenSet | None:
        """What is kept under `key`, if anything."""
        ...

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Keeps `tokens` under `key`; where that fails they live in memory and a `TokenStoreWarning` says so, once."""
        ...

    def delete(self, key: TokenKey) -> None:
        """Forgets what is kept under `key`."""
        ...

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """Held by one task of one process at a time: whoever renews the tokens under `key`."""
        ...
