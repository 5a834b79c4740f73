"""What a contender tells the server beside its own connections."""

from __future__ import annotations

import itertools
import os
import socket
from urllib.parse import urlsplit


class Control:
    """Names streams of one server and opens their gates."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._line = socket.create_connection((address.hostname, address.port or 80))
        self._numbers = itertools.count(1)

    def gate(self) -> str:
        """A gate that nobody has used."""
        return f"{os.getpid()}-{next(self._numbers)}"

    def chat(self, stream: str, gate: str, number: int = 0) -> str:
        """The id of a chat whose answer is the `stream`, held at `gate` after its first event."""
        return f"{stream}.{gate}.{number}"

    def open(self, gate: str) -> None:
        """Lets the streams go that wait at `gate`."""
        self._line.sendall(f"GET /gates/{gate} HTTP/1.1\r\n\r\n".encode())
