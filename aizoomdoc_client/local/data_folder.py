"""The data folder: private, locked by one server at a time, with the server's secrets."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from ..catalog import LocalizedText, system_reason, text
from ..exceptions import ConfigurationError
from ..filesystem.locks import ProcessLock
from ..filesystem.private_files import UnusableFileError, make_private_folder, read_private, write_private


def prepare_folder(path: Path) -> Path:
    """Makes the folder `path`, with mode 0700, where it is missing, and returns its absolute path.

    Raises `ConfigurationError` when it cannot be made or written.
    """
    try:
        make_private_folder(path)
        if not path.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise not_writable(path, system_reason(error)) from error
    return path.resolve()


def not_writable(path: Path, reason: LocalizedText | str) -> ConfigurationError:
    """The error of a server whose data folder cannot be written."""
    return ConfigurationError(text("data_folder_not_writable", path=path, reason=reason))


def acquire_lock(folder: Path) -> ProcessLock:
    """Locks the data folder and returns the lock. Raises `ConfigurationError` while another server holds it."""
    lock = ProcessLock(folder / "lock")
    if not lock.try_acquire():
        raise ConfigurationError(text("data_folder_in_use", path=folder))
    return lock


def load_secret(path: Path) -> str:
    """The secret in the file `path`; without a file, a new random one, which is stored there.

    The caller holds the folder's lock. Raises `ConfigurationError` when the file can be neither read nor written, or is empty.
    """
    try:
        secret = read_private(path).decode().strip()
    except FileNotFoundError:
        return _create_secret(path)
    except UnusableFileError as error:
        raise _unusable(path, error.text) from error
    except OSError as error:
        raise _unusable(path, system_reason(error)) from error
    except UnicodeDecodeError as error:
        raise _unusable(path, text("not_utf8", position=error.start)) from error
    if not secret:
        raise ConfigurationError(text("secret_file_empty", path=path))
    return secret


def _create_secret(path: Path) -> str:
    secret = secrets.token_urlsafe(32)
    try:
        write_private(path, f"{secret}\n".encode)
    except OSError as error:
        raise _unusable(path, system_reason(error)) from error
    return secret


def _unusable(path: Path, reason: LocalizedText | str) -> ConfigurationError:
    return ConfigurationError(text("secret_file_unusable", path=path, reason=reason))
