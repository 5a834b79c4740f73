"""Tokens that end with the process."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from .base import TokenKey, TokenSet
from .locks import KeyedLocks


class MemoryTokenStore:
    """Keeps tokens in memory only: for backends with many users, and for tests.

    Clients in several threads and event loops may share one.
    """

    def __init__(self) -> None:
        self._entries: dict[TokenKey, TokenSet] = {}
        self._turns = KeyedLocks()

    def load(self, key: TokenKey) -> TokenSet | None:
        """What is kept under `key`, if anything."""
        return self._entries.get(key)

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Keeps `tokens` under `key`."""
        self._entries[key] = tokens

    def delete(self, key: TokenKey) -> None:
        """Forgets what is kept under `key`."""
        self._entries.pop(key, None)

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """Held by one task of this process at a time, whatever its event loop."""
        return self._turns.of(key)
