"""Long-lived tokens in the system's keyring, the rest in another store."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager
from typing import TypeGuard

import attrs
import msgspec

from ..catalog import LocalizedText, text
from ..exceptions import TokenStoreWarning
from ..user_stacklevel import warn
from .base import TokenKey, TokenSet, TokenStore
from .file import MarkedTokenSet

SERVICE = "aizoomdoc"
"""The name under which the keyring shows what is kept here."""


class KeyringUnavailableError(Exception):
    """The keyring cannot be used; `text` says why and holds no secret."""

    def __init__(self, reason: LocalizedText) -> None:
        super().__init__(reason.render())
        self.text = reason


def read_secret(account: str) -> str | None:
    """The secret of `account`, if there is one; may wait for the user to unlock the keyring. Raises `KeyringUnavailableError`."""
    with _one_error():
        import keyring

        return keyring.get_password(SERVICE, account)


def write_secret(account: str, secret: str) -> None:
    """Keeps `secret`; raises `KeyringUnavailableError` unless the keyring then shows it, because some keep nothing silently."""
    with _one_error():
        import keyring

        keyring.set_password(SERVICE, account, secret)
        kept = keyring.get_password(SERVICE, account) == secret
    if not kept:
        raise KeyringUnavailableError(text("keyring_keeps_nothing"))


def delete_secret(account: str) -> None:
    """Forgets the secret of `account`, which need not be there; raises `KeyringUnavailableError` when it is there afterwards."""
    with _one_error():
        import keyring
        from keyring.errors import PasswordDeleteError

        try:
            keyring.delete_password(SERVICE, account)
        except PasswordDeleteError:
            if keyring.get_password(SERVICE, account) is not None:
                raise


@contextlib.contextmanager
def _one_error() -> Generator[None]:
    try:
        yield
    except ImportError:
        raise KeyringUnavailableError(text("keyring_package_missing")) from None
    except Exception as error:  # noqa: BLE001 - a backend raises whatever its system does, and its text may quote the secret
        raise KeyringUnavailableError(text("keyring_failed", error=type(error).__name__)) from None


@attrs.frozen
class _Secrets:
    static_token: str | None = attrs.field(default=None, repr=False)
    refresh_token: str | None = attrs.field(default=None, repr=False)


class KeyringTokenStore:
    """Keeps static and refresh tokens in the system's keyring, and the access token with its times in `inner`.

    `inner` gets a `MarkedTokenSet` for an entry whose secrets are in the keyring, and gives it back as such. Where there is no
    keyring that keeps a secret, `inner` gets everything. With `static_only` a refresh token goes to the keyring only together
    with a static token. The keyring is slow to import and may ask for a password, so it is left alone until an entry or a save
    needs it.
    """

    def __init__(self, inner: TokenStore, *, static_only: bool = False) -> None:
        self._inner = inner
        self._static_only = static_only
        self._unread: set[TokenKey] = set()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inner!r})"

    def load(self, key: TokenKey) -> TokenSet | None:
        """What is kept under `key`, if anything; where the keyring does not open, without its secrets and with a warning."""
        tokens = self._inner.load(key)
        if not _is_marked(tokens):
            return tokens
        secrets = self._secrets(key)
        return TokenSet(
            access_token=tokens.access_token,
            expires_at=tokens.expires_at,
            expires_in=tokens.expires_in,
            refresh_token=tokens.refresh_token or secrets.refresh_token,
            static_token=tokens.static_token or secrets.static_token,
        )

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Keeps `tokens` under `key`, the secrets among them in the keyring if it takes them."""
        was_marked = _is_marked(self._inner.load(key))
        if self._is_for_keyring(tokens) and _is_written(key, tokens):
            self._unread.discard(key)
            self._inner.save(key, _marked(tokens, static_token=None, refresh_token=None))
        elif was_marked and key in self._unread and tokens.static_token is None:
            # It lacks the static token because the keyring did not open, which is no reason to throw that away.
            self._inner.save(key, _marked(tokens, static_token=None, refresh_token=tokens.refresh_token))
        else:
            self._inner.save(key, tokens)
            if was_marked:
                self._forget(key)

    def delete(self, key: TokenKey) -> None:
        """Forgets what is kept under `key`, in both places."""
        was_marked = _is_marked(self._inner.load(key))
        self._inner.delete(key)
        if was_marked:
            self._forget(key)

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """The inner store's lock."""
        return self._inner.lock(key)

    def _is_for_keyring(self, tokens: TokenSet) -> bool:
        return tokens.static_token is not None or (tokens.refresh_token is not None and not self._static_only)

    def _secrets(self, key: TokenKey) -> _Secrets:
        try:
            secrets = msgspec.json.decode(read_secret(_account(key)) or "", type=_Secrets)
        except KeyringUnavailableError as error:
            problem = error.text
        except msgspec.DecodeError:
            problem = text("keyring_holds_something_else")
        else:
            self._unread.discard(key)
            return secrets
        if key not in self._unread:
            self._unread.add(key)
            warn(text("keyring_gives_no_login", account=_account(key), reason=problem), TokenStoreWarning)
        return _Secrets()

    def _forget(self, key: TokenKey) -> None:
        self._unread.discard(key)
        try:
            delete_secret(_account(key))
        except KeyringUnavailableError as error:
            problem = error.text
        else:
            return
        warn(text("keyring_may_hold_login", account=_account(key), service=SERVICE, reason=problem), TokenStoreWarning)


def _is_marked(tokens: TokenSet | None) -> TypeGuard[MarkedTokenSet]:
    return isinstance(tokens, MarkedTokenSet) and tokens.in_keyring


def _marked(tokens: TokenSet, *, static_token: str | None, refresh_token: str | None) -> MarkedTokenSet:
    return MarkedTokenSet(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        expires_in=tokens.expires_in,
        refresh_token=refresh_token,
        static_token=static_token,
        in_keyring=True,
    )


def _is_written(key: TokenKey, tokens: TokenSet) -> bool:
    try:
        secret = msgspec.json.encode(_Secrets(tokens.static_token, tokens.refresh_token)).decode()
        write_secret(_account(key), secret)
    except (KeyringUnavailableError, UnicodeError):
        return False
    return True


def _account(key: TokenKey) -> str:
    return f"{key.server_url} {key.user}"
