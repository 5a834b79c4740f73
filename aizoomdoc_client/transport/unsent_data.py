"""Connections that are closed at once, although the server does not take what is still to be sent.

A transport of asyncio that is closed first sends its buffer, however long the other side takes, and aiohttp's session waits for
that. A connection is closed before its request is sent only where the request was given up: nobody needs the rest.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler


class ClosedAtOnce(ResponseHandler):
    """Drops what is not sent yet when it is closed."""

    def close(self) -> None:
        """Closes the connection."""
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.abort()
        else:
            super().close()


def with_connections(connector: aiohttp.TCPConnector, kind: type[ResponseHandler]) -> aiohttp.TCPConnector:
    """`connector`, whose connections are of that kind; called before the first is opened."""
    made: Any = connector
    made._factory = functools.partial(kind, asyncio.get_running_loop())  # noqa: SLF001 - no argument takes it
    return connector
