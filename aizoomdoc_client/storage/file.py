"""Tokens in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

from ..attribution import warn
from ..exceptions import TokenStoreWarning
from .base import TokenKey, TokenSet
from .file_locks import SharedLock
from .token_file import TokenFile
from .turns import TurnsByKey

_IN_MEMORY = "tokens live in memory until this process ends"
_STILL_THERE = "the tokens in it could not be deleted"

T = TypeVar("T")


class FileTokenStore:
    """Keeps tokens in one JSON file of mode 0600, which any number of processes may share.

    Where the file cannot be used, tokens live in memory and a `TokenStoreWarning` names the file and the reason, once until it
    works again. A file that cannot be understood is moved to ``<name>.corrupt`` with a warning. `patience` and `renewal_patience`
    are the longest waits, in seconds, for another process that writes the file, and for one that holds a key's `lock`.
    """

    def __init__(self, path: str | os.PathLike[str], *, patience: float = 5.0, renewal_patience: float = 120.0) -> None:
        self.path: Path = Path(path).absolute()
        self._renewal_patience = renewal_patience
        self._news: list[str] = []
        self._file = TokenFile(self.path, patience, self._news.append)
        self._unsaved: dict[TokenKey, TokenSet | None] = {}
        self._complaints: set[str] = set()
        self._turns = TurnsByKey()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def load(self, key: TokenKey) -> TokenSet | None:
        """What is kept under `key`, if anything."""
        if key in self._unsaved:
            return self._unsaved[key]
        entries = self._attempt(self._file.read, otherwise=_IN_MEMORY)
        return entries.get(key) if entries else None

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Keeps `tokens` under `key`; where the file cannot be written they live in memory and a warning says so."""
        self._change(key, tokens, lambda: self._file.put(key, tokens), otherwise=_IN_MEMORY)

    def delete(self, key: TokenKey) -> None:
        """Forgets what is kept under `key`; where the file cannot be written it stays there and a warning says so."""
        self._change(key, None, lambda: self._file.discard(key), otherwise=_STILL_THERE)

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """Held by one task of one process at a time; where no lock file can be made, by one of this process."""
        name = f"{key.server_url}\0{key.user}".encode("utf-8", "surrogatepass")
        path = self.path.with_name(f"{self.path.name}.{hashlib.sha256(name).hexdigest()[:16]}.lock")
        return SharedLock(self._turns.of(key), path, patience=self._renewal_patience, tell=_warn)

    def _change(self, key: TokenKey, tokens: TokenSet | None, change: Callable[[], None], *, otherwise: str) -> None:
        # Noted before anything can go wrong, and before a warning that a filter makes an error.
        self._unsaved[key] = tokens

        def changed() -> None:
            change()
            self._unsaved.pop(key, None)
            self._complaints.clear()

        self._attempt(changed, otherwise=otherwise)

    def _attempt(self, action: Callable[[], T], *, otherwise: str) -> T | None:
        """What `action` gives; where it cannot be done, a warning says why, and what comes `otherwise`.

        It comes after the exception is over, so that no traceback through open files hangs on a warning made an error.
        """
        result = None
        try:
            result = action()
        except OSError as error:
            self._complain(error.strerror or type(error).__name__, otherwise)
        except UnicodeError:
            self._complain("a token or a name in it is no valid text", otherwise)
        while self._news:
            _warn(self._news.pop(0))
        return result

    def _complain(self, reason: str, otherwise: str) -> None:
        if otherwise not in self._complaints:
            self._complaints.add(otherwise)
            self._news.append(f"The token file {self.path} cannot be used: {reason}; {otherwise}")


def _warn(text: str) -> None:
    warn(text, TokenStoreWarning)
