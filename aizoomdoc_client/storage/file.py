"""Tokens in a file that only its owner can read, shared by any number of processes."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import TypeVar

import attrs
import msgspec

from ..catalog import LocalizedText, system_reason, text
from ..exceptions import TokenStoreWarning
from ..filesystem.locks import exclusive
from ..filesystem.private_files import UnusableFileError, make_private_folder, read_private, set_aside, write_private
from ..user_stacklevel import warn
from .base import TokenKey, TokenSet
from .locks import CrossProcessLock, KeyedLocks

VERSION = 1


@attrs.frozen(kw_only=True)
class MarkedTokenSet(TokenSet):
    """A token set whose long-lived secrets are in the system's keyring, if `in_keyring`."""

    in_keyring: bool = False


@attrs.frozen(kw_only=True)
class _Header:
    version: int


@attrs.frozen(kw_only=True)
class _Document:
    version: int = VERSION
    servers: dict[str, dict[str, MarkedTokenSet]]


def decode(document: bytes) -> dict[TokenKey, TokenSet]:
    """The entries of a token file; raises `UnusableFileError` for anything but a whole one of this version."""
    try:
        version = msgspec.json.decode(document, type=_Header).version
        if version != VERSION:
            raise UnusableFileError(text("token_file_version", found=version, known=VERSION))
        servers = msgspec.json.decode(document, type=_Document).servers
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if isinstance(error, msgspec.ValidationError):
            raise UnusableFileError(text("token_file_malformed", problem=str(error))) from None
        raise UnusableFileError(text("token_file_not_json")) from None
    return {TokenKey(server, user): _plain(tokens) for server, users in servers.items() for user, tokens in users.items()}


def encode(entries: Mapping[TokenKey, TokenSet]) -> bytes:
    """A token file with `entries`; raises `UnicodeEncodeError` for text that is none, which is a lone surrogate."""
    servers: dict[str, dict[str, TokenSet]] = {}
    for key, tokens in entries.items():
        servers.setdefault(key.server_url, {})[key.user] = _finite(tokens)
    return msgspec.json.format(msgspec.json.encode({"version": VERSION, "servers": servers}), indent=1)


def _plain(tokens: MarkedTokenSet) -> TokenSet:
    """The base class for what has no mark, so that what was saved equals what is loaded."""
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
    """JSON has no infinity: a time that is no number counts as long past."""
    return attrs.evolve(tokens, expires_at=_number(tokens.expires_at), expires_in=_number(tokens.expires_in))


def _number(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else 0.0


@attrs.frozen
class TokenFile:
    """The token file `path`; `patience` is the longest wait for another process, in seconds.

    `tell` is called with a text about a file that was set aside. Everything raises `OSError` when the file or its folder
    cannot be used; then nothing was changed.
    """

    path: Path
    patience: float
    tell: Callable[[LocalizedText], None]

    def read(self) -> dict[TokenKey, TokenSet]:
        """The entries now; none where there is no file, or where an unusable one was set aside."""
        try:
            return self._entries()
        except UnusableFileError as error:
            reason = error.text
        try:
            # Another process may have put a good one there meanwhile, so it is judged and moved under the lock only.
            with self._locked():
                return self._entries_or_set_aside()
        except OSError as error:
            raise _StuckFileError(error, text("token_file_stuck", reason=reason, obstacle=system_reason(error))) from None

    def put(self, key: TokenKey, tokens: TokenSet) -> None:
        """Puts `tokens` under `key`; everything else stays as other processes left it."""
        make_private_folder(self.path.parent)
        with self._locked():
            entries = self._entries_or_set_aside() | {key: tokens}
            write_private(self.path, lambda: encode(entries))

    def discard(self, key: TokenKey) -> None:
        """Takes away what is under `key`; a file without it is not touched."""
        if key not in self.read():
            return
        with self._locked():
            entries = self._entries_or_set_aside()
            entries.pop(key, None)
            write_private(self.path, lambda: encode(entries))

    def _locked(self) -> AbstractContextManager[None]:
        return exclusive(self.path.with_name(f"{self.path.name}.lock"), timeout=self.patience)

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
        self.tell(text("token_file_set_aside", path=self.path, reason=reason, aside=aside.name))
        return {}


class _StuckFileError(OSError):
    """An unusable file cannot be moved aside; `text` says why it is unusable, and why it stays where it is."""

    def __init__(self, error: OSError, reason: LocalizedText) -> None:
        super().__init__(error.errno, reason.render())
        self.text = reason


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
        self._news: list[LocalizedText] = []
        self._file = TokenFile(self.path, patience, self._news.append)
        self._unsaved: dict[TokenKey, TokenSet | None] = {}
        self._complaints: set[LocalizedText] = set()
        self._turns = KeyedLocks()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def load(self, key: TokenKey) -> TokenSet | None:
        """What is kept under `key`, if anything."""
        if key in self._unsaved:
            return self._unsaved[key]
        entries = self._attempt(self._file.read, otherwise=text("tokens_in_memory"))
        return entries.get(key) if entries else None

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Keeps `tokens` under `key`; where the file cannot be written they live in memory and a warning says so."""
        self._change(key, tokens, lambda: self._file.put(key, tokens), otherwise=text("tokens_in_memory"))

    def delete(self, key: TokenKey) -> None:
        """Forgets what is kept under `key`; where the file cannot be written it stays there and a warning says so."""
        self._change(key, None, lambda: self._file.discard(key), otherwise=text("tokens_not_deleted"))

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """Held by one task of one process at a time; where no lock file can be made, by one of this process."""
        name = f"{key.server_url}\0{key.user}".encode("utf-8", "surrogatepass")
        path = self.path.with_name(f"{self.path.name}.{hashlib.sha256(name).hexdigest()[:16]}.lock")
        return CrossProcessLock(self._turns.of(key), path, patience=self._renewal_patience, tell=_warn)

    def _change(self, key: TokenKey, tokens: TokenSet | None, change: Callable[[], None], *, otherwise: LocalizedText) -> None:
        # Noted before anything can go wrong, and before a warning that a filter makes an error.
        self._unsaved[key] = tokens

        def changed() -> None:
            change()
            self._unsaved.pop(key, None)
            self._complaints.clear()

        self._attempt(changed, otherwise=otherwise)

    def _attempt(self, action: Callable[[], T], *, otherwise: LocalizedText) -> T | None:
        """What `action` gives; where it cannot be done, a warning says why, and what comes `otherwise`.

        It comes after the exception is over, so that no traceback through open files hangs on a warning made an error.
        """
        result = None
        try:
            result = action()
        except OSError as error:
            self._complain(system_reason(error), otherwise)
        except UnicodeError:
            self._complain(text("tokens_not_text"), otherwise)
        while self._news:
            _warn(self._news.pop(0))
        return result

    def _complain(self, reason: LocalizedText | str, otherwise: LocalizedText) -> None:
        if otherwise not in self._complaints:
            self._complaints.add(otherwise)
            self._news.append(text("token_file_unusable", path=self.path, reason=reason, outcome=otherwise))


def _warn(news: LocalizedText) -> None:
    warn(news, TokenStoreWarning)
