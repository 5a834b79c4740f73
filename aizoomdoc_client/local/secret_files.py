"""The data folder and the secrets in it: small files that only their owner can read."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from ..exceptions import ConfigurationError
from ..filesystem.private_files import UnusableFileError, make_private_folder, read_private, write_private


def private_folder(path: Path) -> Path:
    """The folder `path`, made with mode 0700 where it is missing.

    Raises `ConfigurationError` when it cannot be made or written.
    """
    try:
        make_private_folder(path)
        if not path.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "no permission to write")
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {path} of the local server cannot be written: {error.strerror or error}; choose another one"
        ) from error
    return path.resolve()


def kept_secret(path: Path) -> str:
    """The secret in the file `path`; a new random one is made and kept where there is none.

    Only one process may ask at a time. Raises `ConfigurationError` when the file can be neither read nor written, or is empty.
    """
    try:
        secret = read_private(path).decode().strip()
    except FileNotFoundError:
        return _made_secret(path)
    except UnusableFileError as error:
        raise ConfigurationError(f"The secret file {path} cannot be used: it {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The secret file {path} cannot be used: {error}") from error
    if not secret:
        raise ConfigurationError(f"The secret file {path} is empty: delete it, and a new secret is made")
    return secret


def _made_secret(path: Path) -> str:
    secret = secrets.token_urlsafe(32)
    try:
        write_private(path, f"{secret}\n".encode)
    except OSError as error:
        raise ConfigurationError(f"The secret file {path} cannot be used: {error}") from error
    return secret
