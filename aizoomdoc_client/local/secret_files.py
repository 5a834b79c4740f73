"""Secrets that outlive the process: small files that only their owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from ..exceptions import ConfigurationError


def private_folder(path: Path) -> Path:
    """The folder `path`, made with mode 0700 where it is missing.

    Raises `ConfigurationError` when it cannot be made or written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, "no permission to write", str(path))
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {path} of the local server cannot be written: {error.strerror or error}; choose another one"
        ) from error
    return path.resolve()


def kept_secret(path: Path) -> str:
    """The secret in the file `path`; a new random one is made and kept where there is none.

    Raises `ConfigurationError` when the file can be neither read nor written, or is empty.
    """
    try:
        with contextlib.suppress(FileNotFoundError):
            return _read(path)
        made = secrets.token_urlsafe(32)
        _write(path, made)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The secret file {path} cannot be used: {error}") from error
    return made


def _read(path: Path) -> str:
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), encoding="utf-8") as file:
        secret = file.read().strip()
    if not secret:
        raise ConfigurationError(f"The secret file {path} is empty: delete it, and a new secret is made")
    return secret


def _write(path: Path, secret: str) -> None:
    """Through a second name, so that a crash never leaves half a secret under the first."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
