"""Stores of tokens: in memory, in a file, in the system's keyring; beside the file, what was learnt of servers.

What lives here: small blocking stores that several processes may share. Tokens that cannot be written are kept in memory, with a
warning; a file that cannot be read is renamed, with a warning, and never overwritten. May import layers 0 and 1. Never opens a
socket. Importing this package loads no other module: names are imported on first use, filelock with the first lock and keyring
with the first access to a keyring.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import TokenKey, TokenSet, TokenStore
    from .keyring import KeyringTokenStore
    from .memory import MemoryTokenStore
    from .token_file import FileTokenStore

__all__ = [
    "FileTokenStore",
    "KeyringTokenStore",
    "MemoryTokenStore",
    "TokenKey",
    "TokenSet",
    "TokenStore",
]

_HOMES = {
    "FileTokenStore": "token_file",
    "KeyringTokenStore": "keyring",
    "MemoryTokenStore": "memory",
    "TokenKey": "base",
    "TokenSet": "base",
    "TokenStore": "base",
}


def default_token_store(folder: Path | None = None) -> TokenStore:
    """The store that clients use by default: ``tokens.json`` in `folder`, which defaults to the configuration folder.

    The tokens of a login, which has a static token, are stored in the system's keyring if there is one, all others in the file.
    """
    from ..config import config_folder
    from .keyring import KeyringTokenStore
    from .token_file import FileTokenStore

    return KeyringTokenStore(FileTokenStore((folder or config_folder()) / "tokens.json"), static_only=True)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
