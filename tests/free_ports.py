"""Ports for servers that a test starts, also again, and for those that nobody listens on."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

_FIRST, _NUMBER = 20_000, 12_000


def free_port() -> int:
    """A port that stays free until a server listens there, and while it is down."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ones. Systems give none of these to connections, or to other tests that ask for any port."""
    found = set[int]()
    while len(found) < count:
        port = _FIRST + secrets.randbelow(_NUMBER)
        with socket.socket() as trying, suppress(OSError):
            trying.bind(("127.0.0.1", port))
            found.add(port)
    return [*found]
