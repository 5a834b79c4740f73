"""Connections that keep a response whose body is longer than its length says.

aiohttp refuses the bytes after the end of a body, and with them all that came in the same read, the response's head included.
Servers and proxies that count wrong send an answer's events like that; the head is therefore read on its own.
"""

from __future__ import annotations

import asyncio

from .unsent_data import ClosedAtOnce

END_OF_HEAD = b"\r\n\r\n"


class HeadFirst(ClosedAtOnce):
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
