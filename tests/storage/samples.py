"""Keys, tokens and helpers that the tests of the stores share."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from aizoomdoc_client.exceptions import TokenStoreWarning
from aizoomdoc_client.storage import TokenKey, TokenSet

T = TypeVar("T")

KEY = TokenKey.of_profile("https://docs.example.org", "default")
OTHER_KEY = TokenKey.of_profile("https://docs.example.org", "other")

ACCESS = "canary-access-eyJhbGciOiJIUzI1NiJ9"
REFRESH = "canary-refresh-9d1f"
STATIC = "canary-static-7c2e"

TOKENS = TokenSet(access_token=ACCESS, expires_at=1_700_003_600.5, expires_in=3600.0)
LOGIN = TokenSet(access_token=ACCESS, expires_at=1_700_003_600.5, expires_in=3600.0, refresh_token=REFRESH, static_token=STATIC)

PREAMBLE = """\
import asyncio, os, signal, sys
from aizoomdoc_client.storage import FileTokenStore, MemoryTokenStore, TokenKey, TokenSet, default_token_store
"""


def program(source: str, *arguments: object) -> list[str]:
    """The command line of a Python program that has imported the stores; `arguments` are its ``sys.argv[1:]``."""
    return [sys.executable, "-W", "error", "-c", PREAMBLE + source, *map(str, arguments)]


def run(source: str, *arguments: object) -> str:
    """The output of such a program; asserts that it succeeds and prints nothing on standard error."""
    done = subprocess.run(program(source, *arguments), capture_output=True, text=True, check=False, timeout=50)
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout.strip()


def with_warnings(action: Callable[[], T]) -> tuple[T, list[str]]:
    """The result of `action`, and the texts of the `TokenStoreWarning`s that it issued."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = action()
    assert {TokenStoreWarning} >= {warning.category for warning in caught}
    return result, [str(warning.message) for warning in caught]


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)
