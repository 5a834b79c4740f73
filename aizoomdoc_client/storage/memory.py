"""A token store in memory."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from .base import TokenKey, TokenSet
from .locks import KeyedLocks


class MemoryTokenStore:
    """Stores tokens in memory only, for backends with many users and for tests.

    Clients in several threads and event loops may share one.
    """

    def __init__(self) -> None:
        self._entries: dict[TokenKey, TokenSet] = {}
        self._locks = KeyedLocks()

    def __reduce__(self) -> tuple[Any, ...]:
        return MemoryTokenStore, ()  # a pickle holds no tokens

    def load(self, key: TokenKey) -> TokenSet | None:
        """The tokens stored under `key`; None without any."""
        return self._entries.get(key)

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Stores `tokens` under `key`."""
        self._entries[key] = tokens

    def delete(self, key: TokenKey) -> None:
        """Deletes the tokens stored under `key`."""
        self._entries.pop(key, None)

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """A lock held by one task of this process at a time, whatever its event loop."""
        return self._locks.of(key)
