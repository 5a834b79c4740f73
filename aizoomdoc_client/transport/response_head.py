"""Connections that keep a response whose body is longer than its length says.

aiohttp refuses the bytes after the end of a body, and with them all that came in the same read, the response's head included.
Servers and proxies that count wrong send an answer's events like that; the head is therefore read on its own.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

END_OF_HEAD = b"\r\n\r\n"


def read_heads_first(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """`connector`, whose connections, of one response each, read its head first; called before the first is opened."""
    made: Any = connector
    made._factory = functools.partial(_HeadFirst, asyncio.get_running_loop())  # noqa: SLF001 - no argument takes it
    return connector


class _HeadFirst(ResponseHandler):
    """Hands a response's head to aiohttp before the body that came with it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._is_head_read = False

    def data_received(self, data: bytes) -> None:
        """Parses what was received."""
        if self._is_head_read or self._parser is None:  # without a parser it is kept, and comes again
            super().data_received(data)
            return
        head, end, body = data.partition(END_OF_HEAD)
        self._is_head_read = bool(end)
        super().data_received(head + end)
        if body:
            super().data_received(body)
