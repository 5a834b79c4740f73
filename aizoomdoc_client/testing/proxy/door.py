"""A listening socket that can be shut and opened again at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

_BACKLOG = 100


class Door:
    """Lets connections in, each handed to `welcome`.

    asyncio's own servers lose a connection that comes just as they are closed, and shut with a delay.
    """

    def __init__(self, host: str, port: int, welcome: Callable[[socket.socket], object]) -> None:
        self._host = host
        self.port: int = port
        self._welcome = welcome
        self._listener: socket.socket | None = None
        self._waiting: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Listens in the running loop; idempotent."""
        if self._listener is not None:
            return
        self._listener = listener = socket.create_server((self._host, self.port), backlog=_BACKLOG)
        self.port = int(listener.getsockname()[1])
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(listener, self._let_in, listener)
        except NotImplementedError:  # the usual loop of Windows
            self._waiting = loop.create_task(self._keep_letting_in(listener))

    def shut(self) -> None:
        """Listens no more, from now on; idempotent."""
        listener, self._listener = self._listener, None
        waiting, self._waiting = self._waiting, None
        if listener is None:
            return
        if waiting is None:
            asyncio.get_running_loop().remove_reader(listener)
        else:
            waiting.cancel()
        listener.close()

    def _let_in(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):  # whoever knocked is gone
            connection, _ = listener.accept()
            connection.setblocking(False)
            self._welcome(connection)

    async def _keep_letting_in(self, listener: socket.socket) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            self._welcome(connection)
