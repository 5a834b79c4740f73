"""The system's keyring behind three calls, its every failure one error."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

SERVICE = "aizoomdoc"
"""The name under which the keyring shows what is kept here."""


class KeyringUnavailableError(Exception):
    """The keyring cannot be used; the text says why and holds no secret."""


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
        raise KeyringUnavailableError("it does not keep what it is given")


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
        raise KeyringUnavailableError("its package is missing: pip install 'aizoomdoc-client[keyring]'") from None
    except Exception as error:  # noqa: BLE001 - a backend raises whatever its system does, and its text may quote the secret
        raise KeyringUnavailableError(type(error).__name__) from None
