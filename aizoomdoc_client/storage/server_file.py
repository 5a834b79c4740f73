"""What was learnt of servers, in a private file beside the tokens.

It is a cache: where the file cannot be used, each process learns anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import msgspec

from ..filesystem.locks import exclusive
from ..filesystem.private_files import UnusableFileError, make_private_folder, read_private, write_private
from ..protocol.transport_choice import Learnt
from .base import TokenStore

_logger = logging.getLogger(__package__)

NAME = "servers.json"
LOCK_TIMEOUT = 1.0
"""The most seconds to wait for another process that writes the file: without the lock nothing is saved."""


@attrs.frozen(kw_only=True)
class _Entry:
    """`Learnt` of one server, with its times in seconds since the epoch."""

    refused_until: float = 0.0
    doubted_until: float = 0.0


class ServerFile:
    """What was learnt of one server, in the file `path`, which any number of processes may share. A `ServerMemory`."""

    def __init__(self, path: Path, server_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self.path: Path = path
        self._server_url = server_url
        self._clock = clock

    @classmethod
    def beside(cls, store: TokenStore | None, server_url: str) -> ServerFile | None:
        """The file in the folder of a store's tokens; None for a store without a file."""
        from .keyring import KeyringTokenStore
        from .token_file import FileTokenStore

        inner = store.inner if isinstance(store, KeyringTokenStore) else store
        return cls(inner.path.with_name(NAME), server_url) if isinstance(inner, FileTokenStore) else None

    def load(self, now: float) -> Learnt:
        """What was saved of the server; the times are of a clock that shows `now`."""
        entry = self._entries().get(self._server_url, _Entry())
        return Learnt(entry.refused_until, entry.doubted_until).shifted(now - self._clock())

    def save(self, learnt: Learnt, now: float) -> None:
        """Saves `learnt`, whose times are of a clock that shows `now`, and drops what has expired, of other servers, too."""
        wall = self._clock()
        known = learnt.shifted(wall - now)
        new = _Entry(refused_until=max(known.refused_until, 0.0), doubted_until=max(known.doubted_until, 0.0))
        try:
            make_private_folder(self.path.parent)
            with exclusive(self.path.with_name(f"{self.path.name}.lock"), timeout=LOCK_TIMEOUT):
                entries = {**self._entries(), self._server_url: new}
                current = {url: entry for url, entry in entries.items() if wall < max(entry.refused_until, entry.doubted_until)}
                write_private(self.path, lambda: msgspec.json.encode(current))
        except OSError as error:
            _logger.debug("%s is not written: %s", self.path.name, type(error).__name__)

    def _entries(self) -> Mapping[str, _Entry]:
        try:
            return msgspec.json.decode(read_private(self.path), type=dict[str, _Entry])
        except (OSError, UnusableFileError, msgspec.DecodeError, UnicodeDecodeError) as error:
            if not isinstance(error, FileNotFoundError):
                _logger.debug("%s is not read: %s", self.path.name, type(error).__name__)
            return {}
