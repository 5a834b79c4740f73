"""The store of a client that is not given one."""

from __future__ import annotations

from pathlib import Path

from ..config import config_folder
from .base import TokenStore
from .file import FileTokenStore
from .keyring import KeyringTokenStore


def default_token_store(folder: Path | None = None) -> TokenStore:
    """Tokens in ``tokens.json`` of `folder`, by default the configuration folder.

    A login, which has a static token, goes to the system's keyring where there is one; everything else to the file only.
    """
    return KeyringTokenStore(FileTokenStore((folder or config_folder()) / "tokens.json"), static_only=True)
