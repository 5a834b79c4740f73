"""Where tokens sleep between runs: memory, a file, the system's keyring.

RULE: blocking, small, and safe against other processes; sees layers 0 and 1 and never a socket. What cannot be written is a
warning and lives in memory; what cannot be read is set aside and named, never overwritten. This file imports nothing: names are
loaded on first use, and filelock and keyring only when a file is locked and a keyring is asked.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import TokenKey, TokenSet, TokenStore
    from .file import FileTokenStore
    from .keyring import KeyringTokenStore
    from .memory import MemoryTokenStore

__all__ = [
    "FileTokenStore",
    "KeyringTokenStore",
    "MemoryTokenStore",
    "TokenKey",
    "TokenSet",
    "TokenStore",
]

_HOMES = {
    "FileTokenStore": "file",
    "KeyringTokenStore": "keyring",
    "MemoryTokenStore": "memory",
    "TokenKey": "base",
    "TokenSet": "base",
    "TokenStore": "base",
}


def default_token_store(folder: Path | None = None) -> TokenStore:
    """The store of a client that is not given one: ``tokens.json`` of `folder`, by default the configuration folder.

    A login, which has a static token, goes to the system's keyring where there is one; everything else to the file only.
    """
    from ..config import config_folder
    from .file import FileTokenStore
    from .keyring import KeyringTokenStore

    return KeyringTokenStore(FileTokenStore((folder or config_folder()) / "tokens.json"), static_only=True)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
