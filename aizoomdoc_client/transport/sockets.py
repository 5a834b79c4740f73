"""How sockets are made and read: proxies, TCP keep-alive, and read buffers that are not allocated anew for each read."""

from __future__ import annotations

import socket
import threading
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def environment_proxy(url: str) -> str | None:
    """The proxy for `url` by ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``; none for this machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"} or proxy_bypass(host):
        return None
    proxies = getproxies()
    secure = parts.scheme in {"https", "wss"}
    return proxies.get("https" if secure else "http") or proxies.get("all")


SIZE = 256 * 1024
"""Bytes: as many as asyncio reads at once."""


class _OfThread(threading.local):
    def __init__(self) -> None:
        # A view, since slices of it are written to.
        self.view = memoryview(bytearray(SIZE))


_of_thread = _OfThread()


def read_buffer() -> memoryview:
    """The running thread's; what an event loop puts there is to be taken before its next step."""
    return _of_thread.view


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
