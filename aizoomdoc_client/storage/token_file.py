"""What a token file holds, and changing it without losing what other processes write."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import attrs
import msgspec

from .base import TokenKey, TokenSet
from .file_locks import exclusive
from .private_files import UnusableFileError, make_private_folder, read_private, set_aside, write_private

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
            raise UnusableFileError(f"is of version {version}, not {VERSION}")
        servers = msgspec.json.decode(document, type=_Document).servers
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "no valid JSON"
        raise UnusableFileError(f"is no token file: {reason}") from None
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

    `tell` is called with a sentence about a file that was set aside. Everything raises `OSError` when the file or its folder
    cannot be used; then nothing was changed.
    """

    path: Path
    patience: float
    tell: Callable[[str], None]

    def read(self) -> dict[TokenKey, TokenSet]:
        """The entries now; none where there is no file, or where an unusable one was set aside."""
        try:
            return self._entries()
        except UnusableFileError as error:
            reason = str(error)
        try:
            # Another process may have put a good one there meanwhile, so it is judged and moved under the lock only.
            with self._locked():
                return self._entries_or_set_aside()
        except OSError as error:
            raise OSError(error.errno, f"it {reason} and cannot be moved aside ({error.strerror})") from None

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
        return exclusive(self.path.with_name(f"{self.path.name}.lock"), self.patience)

    def _entries(self) -> dict[TokenKey, TokenSet]:
        try:
            return decode(read_private(self.path))
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def _entries_or_set_aside(self) -> dict[TokenKey, TokenSet]:
        try:
            return self._entries()
        except UnusableFileError as error:
            reason = str(error)
        aside = set_aside(self.path)
        self.tell(f"The token file {self.path} {reason}: it was moved to {aside.name} and counts as empty; log in again")
        return {}
