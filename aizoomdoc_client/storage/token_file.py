"""A token store in a private file, which any number of processes may share."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import os
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import msgspec

from ..catalog import LocalizedText, system_reason, text
from ..exceptions import TokenStoreWarning
from ..filesystem.locks import exclusive
from ..filesystem.private_files import UnusableFileError, make_private_folder, read_private, set_aside, write_private
from ..serializable import one_line_repr
from ..user_stacklevel import warn
from .base import TokenKey, TokenSet
from .locks import CrossProcessLock, KeyedLocks

VERSION = 1
"""The version of the file's layout; a file of another version is set aside."""


@attrs.frozen(kw_only=True)
class StoredTokenSet(TokenSet):
    """A token set as stored in a file; with `in_keyring` its long-lived secrets are in the system's keyring."""

    in_keyring: bool = False


@attrs.frozen(kw_only=True)
class _Header:
    version: int


@attrs.frozen(kw_only=True)
class _Document:
    version: int = VERSION
    servers: dict[str, dict[str, StoredTokenSet]]


def decode(document: bytes) -> dict[TokenKey, TokenSet]:
    """The entries of a token file; raises `UnusableFileError` unless it is valid and of this version."""
    try:
        version = msgspec.json.decode(document, type=_Header).version
        if version != VERSION:
            raise UnusableFileError(text("token_file_version", found=version, known=VERSION))
        servers = msgspec.json.decode(document, type=_Document).servers
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if isinstance(error, msgspec.ValidationError):
            raise UnusableFileError(text("token_file_malformed", problem=str(error))) from None
        raise UnusableFileError(text("token_file_not_json")) from None
    return {TokenKey(server, user): _simplified(tokens) for server, users in servers.items() for user, tokens in users.items()}


def encode(entries: Mapping[TokenKey, TokenSet]) -> bytes:
    """The content of a token file with `entries`; raises `UnicodeEncodeError` for text with lone surrogates."""
    servers: dict[str, dict[str, TokenSet]] = {}
    for key, tokens in entries.items():
        servers.setdefault(key.server_url, {})[key.user] = _finite(tokens)
    return msgspec.json.format(msgspec.json.encode({"version": VERSION, "servers": servers}), indent=1)


def _simplified(tokens: StoredTokenSet) -> TokenSet:
    """A plain `TokenSet` unless `in_keyring` is set, so that a loaded token set equals the saved one."""
    if tokens.in_keyring:
        return tokens
    return TokenSet(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        expires_in=tokens.expires_in,
        refresh_token=tokens.refresh_token,
        static_token=tokens.static_token,
    )


def _finite(tokens: TokenSet) -> TokenSet:
    """`tokens` with times that are not finite, which JSON cannot represent, replaced by 0: they count as expired."""
    return attrs.evolve(tokens, expires_at=_number(tokens.expires_at), expires_in=_number(tokens.expires_in))


def _number(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else 0.0


@attrs.frozen
class TokenFile:
    """The token file `path`, locked for each change; waits at most `lock_timeout` seconds for another process.

    `report` is called with a text about a file that was set aside. All methods raise `OSError` if the file or its folder cannot
    be used; then nothing was changed.
    """

    path: Path
    lock_timeout: float
    report: Callable[[LocalizedText], None]

    def read(self) -> dict[TokenKey, TokenSet]:
        """The current entries; none if there is no file, or if it was unusable and was set aside."""
        try:
            return self._entries()
        except UnusableFileError as error:
            reason = error.text
        try:
            # Checked again under the lock, because another process may have written a valid file meanwhile.
            with self._locked():
                return self._entries_or_set_aside()
        except OSError as error:
            raise _StuckFileError(error, text("token_file_stuck", reason=reason, obstacle=system_reason(error))) from None

    def put(self, key: TokenKey, tokens: TokenSet) -> None:
        """Stores `tokens` under `key`, and keeps the other entries as they are in the file."""
        make_private_folder(self.path.parent)
        with self._locked():
            entries = self._entries_or_set_aside() | {key: tokens}
            write_private(self.path, lambda: encode(entries))

    def discard(self, key: TokenKey) -> None:
        """Deletes the entry of `key`; a file without one is not written."""
        if key not in self.read():
            return
        with self._locked():
            entries = self._entries_or_set_aside()
            entries.pop(key, None)
            write_private(self.path, lambda: encode(entries))

    def _locked(self) -> AbstractContextManager[None]:
        return exclusive(self.path.with_name(f"{self.path.name}.lock"), timeout=self.lock_timeout)

    def _entries(self) -> dict[TokenKey, TokenSet]:
        try:
            return decode(read_private(self.path))
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def _entries_or_set_aside(self) -> dict[TokenKey, TokenSet]:
        try:
            return self._entries()
        except UnusableFileError as error:
            reason = error.text
        aside = set_aside(self.path)
        self.report(text("token_file_set_aside", path=self.path, reason=reason, aside=aside.name))
        return {}


class _StuckFileError(OSError):
    """An unusable file cannot be renamed; `text` has both reasons."""

    def __init__(self, error: OSError, reason: LocalizedText) -> None:
        super().__init__(error.errno, reason.render())
        self.text = reason


T = TypeVar("T")


class FileTokenStore:
    """Stores tokens in one JSON file of mode 0600, which any number of processes may share.

    If the file cannot be used, tokens are kept in memory, and a `TokenStoreWarning` names the file and the reason, once until it
    works again. A file that cannot be decoded is renamed to ``<name>.corrupt``, with a warning. `lock_timeout` and
    `renewal_timeout` bound, in seconds, the wait for another process that writes the file, and for one that holds a key's `lock`.
    """

    def __init__(self, path: str | os.PathLike[str], *, lock_timeout: float = 5.0, renewal_timeout: float = 120.0) -> None:
        self.path: Path = Path(path).absolute()
        self._lock_timeout, self._renewal_timeout = lock_timeout, renewal_timeout
        self._pending_warnings = deque[LocalizedText]()
        self._file = TokenFile(self.path, lock_timeout, self._pending_warnings.append)
        self._unsaved: dict[TokenKey, TokenSet | None] = {}
        self._reported: set[LocalizedText] = set()
        self._locks = KeyedLocks()

    def __repr__(self) -> str:
        return one_line_repr(self, [repr(str(self.path))])

    def __reduce__(self) -> tuple[Any, ...]:
        made = functools.partial(FileTokenStore, lock_timeout=self._lock_timeout, renewal_timeout=self._renewal_timeout)
        return made, (self.path,)

    def load(self, key: TokenKey) -> TokenSet | None:
        """The tokens stored under `key`; None without any."""
        with contextlib.suppress(KeyError):  # without a check before: another thread may remove the entry at any time
            return self._unsaved[key]
        entries = self._attempt(self._file.read, consequence=text("tokens_in_memory"))
        return entries.get(key) if entries else None

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Stores `tokens` under `key`; if the file cannot be written, keeps them in memory and issues a warning."""
        self._change(key, tokens, lambda: self._file.put(key, tokens), consequence=text("tokens_in_memory"))

    def delete(self, key: TokenKey) -> None:
        """Deletes the tokens stored under `key`; if the file cannot be written, they stay in it and a warning is issued."""
        self._change(key, None, lambda: self._file.discard(key), consequence=text("tokens_not_deleted"))

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """A lock held by one task of all processes at a time; if no lock file can be created, of this process."""
        name = f"{key.server_url}\0{key.user}".encode("utf-8", "surrogatepass")
        path = self.path.with_name(f"{self.path.name}.{hashlib.sha256(name).hexdigest()[:16]}.lock")
        return CrossProcessLock(self._locks.of(key), path, timeout=self._renewal_timeout, report=_warn)

    def _change(self, key: TokenKey, tokens: TokenSet | None, change: Callable[[], None], *, consequence: LocalizedText) -> None:
        # Stored first, so that they are not lost if the change fails, or if a filter turns the warning into an error.
        self._unsaved[key] = tokens

        def changed() -> None:
            change()
            self._unsaved.pop(key, None)
            self._reported.clear()

        self._attempt(changed, consequence=consequence)

    def _attempt(self, action: Callable[[], T], *, consequence: LocalizedText) -> T | None:
        """The result of `action`; None if it fails, with a warning that has the reason and the consequence.

        The warning is issued after the handler has ended: if a filter turns it into an error, that is not chained to the original
        one, whose traceback would keep the frames that read or wrote the file alive.
        """
        result = None
        try:
            result = action()
        except OSError as error:
            self._add_warning(system_reason(error), consequence)
        except UnicodeError:
            self._add_warning(text("tokens_not_text"), consequence)
        with contextlib.suppress(IndexError):  # none is left, or another thread issues the last one
            while True:
                _warn(self._pending_warnings.popleft())
        return result

    def _add_warning(self, reason: LocalizedText | str, consequence: LocalizedText) -> None:
        if consequence not in self._reported:
            self._reported.add(consequence)
            self._pending_warnings.append(text("token_file_unusable", path=self.path, reason=reason, outcome=consequence))


def _warn(message: LocalizedText) -> None:
    warn(message, TokenStoreWarning)
