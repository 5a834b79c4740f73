"""TCP sockets for HTTP: the system itself finds out when the other end is gone, and reading makes no more room than it needs."""

from __future__ import annotations

import socket
from typing import Any

PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 6))
"""After a minute of silence the other machine is asked every 20 s, and is gone when it never answers for two minutes.

Its system answers, so a server whose process is busy counts as alive.
"""

MOST_AT_ONCE = 64 * 1024
"""Bytes of one read.

Event loops ask for 256 KiB each time, for which the C library fetches memory from the system, and gives back nearly all of it.
"""


class _Socket(socket.socket):
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        return super().recv(min(bufsize, MOST_AT_ONCE), flags)


def new_socket(address: tuple[Any, ...]) -> socket.socket:
    """An unconnected socket for `address`, as `socket.getaddrinfo` describes one; its silence is looked into."""
    family, kind, protocol, *_ = address
    made = _Socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in PROBES:
        if hasattr(socket, name):  # elsewhere the system's own, longer times hold
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made
