"""A token store in memory."""

from __future__ import annotations

import contextlib
import functools
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from typing import Any

from .base import TokenKey, TokenSet
from .locks import KeyedLocks


class MemoryTokenStore:
    """Stores tokens in memory only, for backends with many users and for tests.

    Clients in several threads and event loops may share one. It keeps the tokens of at most `most` users; those that were used
    least recently are dropped first, and a client of that user logs in again by its static token. Tokens of a saved login, whose
    static token is stored here, are never dropped.
    """

    def __init__(self, *, most: int = 10_000) -> None:
        self._most = most
        self._entries: OrderedDict[TokenKey, TokenSet] = OrderedDict()
        self._logins: dict[TokenKey, TokenSet] = {}
        self._locks = KeyedLocks()

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(MemoryTokenStore, most=self._most), ()  # a pickle holds no tokens

    def load(self, key: TokenKey) -> TokenSet | None:
        """The tokens stored under `key`; None without any."""
        found = self._logins.get(key) or self._entries.get(key)
        with contextlib.suppress(KeyError):  # it is one of a login, or another thread has dropped it
            self._entries.move_to_end(key)
        return found

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Stores `tokens` under `key`."""
        if tokens.static_token is not None:
            self._logins[key] = tokens
            self._entries.pop(key, None)
            return
        self._logins.pop(key, None)
        self._entries[key] = tokens
        with contextlib.suppress(KeyError):  # another thread has dropped it, or the last one
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def delete(self, key: TokenKey) -> None:
        """Deletes the tokens stored under `key`."""
        self._entries.pop(key, None)
        self._logins.pop(key, None)

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """A lock held by one task of this process at a time, whatever its event loop."""
        return self._locks.of(key)
