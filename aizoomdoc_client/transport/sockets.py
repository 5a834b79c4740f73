"""Creating and reading sockets: TCP keep-alive, and read buffers that are reused."""

from __future__ import annotations

import socket
import threading
from typing import Any

READ_BUFFER_SIZE = 256 * 1024
"""The size of a read buffer in bytes, the same as asyncio reads at once."""


class _ThreadLocalBuffer(threading.local):
    def __init__(self) -> None:
        # A view, because the event loop writes to slices of it.
        self.view = memoryview(bytearray(READ_BUFFER_SIZE))


_buffer = _ThreadLocalBuffer()


def read_buffer() -> memoryview:
    """The current thread's buffer; data that the event loop puts there has to be copied before the next read."""
    return _buffer.view


KEEP_ALIVE_OPTIONS = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 6))
"""TCP keep-alive: after a minute without data a probe every 20 s; the connection is lost after two minutes without a response.

The peer's operating system responds to probes, so a busy server process does not lose the connection.
"""

MAX_READ = 64 * 1024
"""The maximum size of one read in bytes.

Event loops read 256 KiB at once. For such a buffer the C library allocates memory from the system and frees most of it, each
time.
"""


class _Socket(socket.socket):
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        return super().recv(min(bufsize, MAX_READ), flags)


def new_socket(address: tuple[Any, ...]) -> socket.socket:
    """An unconnected socket with TCP keep-alive for `address`, which is an item of `socket.getaddrinfo`."""
    family, kind, protocol, *_ = address
    made = _Socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE_OPTIONS:
        if hasattr(socket, name):  # other systems use their own, longer times
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made
