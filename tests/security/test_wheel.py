"""The package has no built-in server or token; `nox -s wheel` scans the built wheel itself, and builds it twice."""

from __future__ import annotations

import pytest

from tests.security import wheel_scan


def test_no_server_and_no_token_is_built_in() -> None:
    """URLs are of this machine or of example names; no text looks like a JWT or a key."""
    files = list(wheel_scan.of_source())

    assert len(files) > 100
    assert [] == wheel_scan.scan(files)


@pytest.mark.parametrize(
    "content",
    [
        b"DEFAULT = 'https://aizoomdoc.ru/api'",
        b"wss://10.0.0.7:8000",
        b"http://127.0.0.1.evil.com",
        b"https://user:word@evil.com/",
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        b"token = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'",
        b"key = '9f86d081884c7d659a2feaa0c55ad015'",
    ],
)
def test_what_is_built_in_is_found(content: bytes) -> None:
    """The scan can fail: it finds each of these."""
    assert 1 <= len(wheel_scan.scan([("planted.py", content)]))
