"""The contender's own connection to the server, beside the connections that are measured."""

from __future__ import annotations

import itertools
import os
import socket
from urllib.parse import urlsplit


class Control:
    """Makes ids of chats whose streams wait at a sync point, and releases them there."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = socket.create_connection((address.hostname, address.port or 80))
        self._numbers = itertools.count(1)

    def sync_point(self) -> str:
        """The name of a sync point that nobody has used yet."""
        return f"{os.getpid()}-{next(self._numbers)}"

    def chat(self, stream: str, sync_point: str, number: int = 0) -> str:
        """The id of a chat whose answer is `stream`, which waits at `sync_point` after its first event."""
        return f"{stream}.{sync_point}.{number}"

    def release(self, sync_point: str) -> None:
        """Lets the server send the rest of all streams that wait at `sync_point`."""
        self._connection.sendall(f"GET /sync-points/{sync_point} HTTP/1.1\r\n\r\n".encode())

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
