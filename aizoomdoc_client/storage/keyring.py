"""A token store that keeps long-lived tokens in the system's keyring and the rest in another store."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager
from typing import TypeGuard

import attrs
import msgspec

from ..catalog import LocalizedText, text
from ..exceptions import TokenStoreWarning
from ..serializable import one_line_repr
from ..user_stacklevel import warn
from .base import TokenKey, TokenSet, TokenStore
from .token_file import StoredTokenSet

SERVICE = "aizoomdoc"
"""The service name of the keyring entries."""


class KeyringUnavailableError(Exception):
    """The keyring cannot be used; `text` has the reason and no secret."""

    def __init__(self, reason: LocalizedText) -> None:
        super().__init__(reason.render())
        self.text = reason


def read_secret(account: str) -> str | None:
    """The secret of `account`, or None; may block until the user unlocks the keyring. Raises `KeyringUnavailableError`."""
    with _mapped_errors():
        import keyring

        return keyring.get_password(SERVICE, account)


def write_secret(account: str, secret: str) -> None:
    """Stores `secret` and reads it back, because some keyrings silently store nothing; raises `KeyringUnavailableError`."""
    with _mapped_errors():
        import keyring

        keyring.set_password(SERVICE, account, secret)
        is_stored = keyring.get_password(SERVICE, account) == secret
    if not is_stored:
        raise KeyringUnavailableError(text("keyring_keeps_nothing"))


def delete_secret(account: str) -> None:
    """Deletes the secret of `account`, if there is one; raises `KeyringUnavailableError` if it still exists afterwards."""
    with _mapped_errors():
        import keyring
        from keyring.errors import PasswordDeleteError

        try:
            keyring.delete_password(SERVICE, account)
        except PasswordDeleteError:
            if keyring.get_password(SERVICE, account) is not None:
                raise


@contextlib.contextmanager
def _mapped_errors() -> Generator[None]:
    try:
        yield
    except ImportError:
        raise KeyringUnavailableError(text("keyring_package_missing")) from None
    except Exception as error:  # noqa: BLE001 - backends raise errors of their own, whose texts may contain the secret
        raise KeyringUnavailableError(text("keyring_failed", error=type(error).__name__)) from None


@attrs.frozen
class _Secrets:
    static_token: str | None = attrs.field(default=None, repr=False)
    refresh_token: str | None = attrs.field(default=None, repr=False)


class KeyringTokenStore:
    """Stores static and refresh tokens in the system's keyring, and the access token with its times in `inner`.

    For an entry whose secrets are in the keyring, `inner` stores a `StoredTokenSet` and has to return it as such. Without a
    working keyring `inner` stores all tokens. With `static_only` a refresh token is stored in the keyring only together with a
    static token. The keyring is slow to import and may ask for a password, so it is not used before an entry needs it.
    """

    def __init__(self, inner: TokenStore, *, static_only: bool = False) -> None:
        self.inner: TokenStore = inner
        self._static_only = static_only
        self._unreadable: set[TokenKey] = set()

    def __repr__(self) -> str:
        return one_line_repr(self, [repr(self.inner)])

    def load(self, key: TokenKey) -> TokenSet | None:
        """The tokens stored under `key`, or None; if the keyring cannot be read, without its secrets and with a warning."""
        tokens = self.inner.load(key)
        if not _has_secrets_in_keyring(tokens):
            return tokens
        secrets = self._read_secrets(key)
        return TokenSet(
            access_token=tokens.access_token,
            expires_at=tokens.expires_at,
            expires_in=tokens.expires_in,
            refresh_token=tokens.refresh_token or secrets.refresh_token,
            static_token=tokens.static_token or secrets.static_token,
        )

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Stores `tokens` under `key`, with their secrets in the keyring if it works."""
        was_in_keyring = _has_secrets_in_keyring(self.inner.load(key))
        if self._belongs_in_keyring(tokens) and _write_secrets(key, tokens):
            self._unreadable.discard(key)
            self.inner.save(key, _without_static_token(tokens, refresh_token=None))
        elif was_in_keyring and key in self._unreadable and tokens.static_token is None:
            # `tokens` has no static token because the keyring could not be read, so the one in the keyring is not deleted.
            self.inner.save(key, _without_static_token(tokens, refresh_token=tokens.refresh_token))
        else:
            self.inner.save(key, tokens)
            if was_in_keyring:
                self._delete_secrets(key)

    def delete(self, key: TokenKey) -> None:
        """Deletes the tokens stored under `key` from both stores."""
        was_in_keyring = _has_secrets_in_keyring(self.inner.load(key))
        self.inner.delete(key)
        if was_in_keyring:
            self._delete_secrets(key)

    def lock(self, key: TokenKey) -> AbstractAsyncContextManager[None]:
        """The lock of the inner store."""
        return self.inner.lock(key)

    def _belongs_in_keyring(self, tokens: TokenSet) -> bool:
        return tokens.static_token is not None or (tokens.refresh_token is not None and not self._static_only)

    def _read_secrets(self, key: TokenKey) -> _Secrets:
        try:
            secrets = msgspec.json.decode(read_secret(_account(key)) or "", type=_Secrets)
        except KeyringUnavailableError as error:
            problem = error.text
        except msgspec.DecodeError:
            problem = text("keyring_holds_something_else")
        else:
            self._unreadable.discard(key)
            return secrets
        if key not in self._unreadable:
            self._unreadable.add(key)
            warn(text("keyring_gives_no_login", account=_account(key), reason=problem), TokenStoreWarning)
        return _Secrets()

    def _delete_secrets(self, key: TokenKey) -> None:
        self._unreadable.discard(key)
        try:
            delete_secret(_account(key))
        except KeyringUnavailableError as error:
            problem = error.text
        else:
            return
        warn(text("keyring_may_hold_login", account=_account(key), service=SERVICE, reason=problem), TokenStoreWarning)


def _has_secrets_in_keyring(tokens: TokenSet | None) -> TypeGuard[StoredTokenSet]:
    return isinstance(tokens, StoredTokenSet) and tokens.in_keyring


def _without_static_token(tokens: TokenSet, *, refresh_token: str | None) -> StoredTokenSet:
    """`tokens` as `inner` stores them when their static token is in the keyring."""
    return StoredTokenSet(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        expires_in=tokens.expires_in,
        refresh_token=refresh_token,
        in_keyring=True,
    )


def _write_secrets(key: TokenKey, tokens: TokenSet) -> bool:
    """Writes the long-lived tokens into the keyring; False where that is not possible."""
    try:
        secret = msgspec.json.encode(_Secrets(tokens.static_token, tokens.refresh_token)).decode()
        write_secret(_account(key), secret)
    except (KeyringUnavailableError, UnicodeError):
        return False
    return True


def _account(key: TokenKey) -> str:
    return f"{key.server_url} {key.user}"
