"""What `websocket` asks of either WebSocket library: `websockets_client` and `picows_client` make their connections fit this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import attrs

from .frame_queue import FrameQueue


class UnreachedError(TimeoutError):
    """No connection came about in time, so that no handshake was sent."""


class Ending(Protocol):
    """How a connection ended: the close frames, None where there was none."""

    @property
    def rcvd(self) -> Any:
        """The server's, with `code` and `reason`."""
        ...

    @property
    def sent(self) -> Any:
        """Our own."""
        ...


class Connection(Protocol):
    """What both libraries' connections can do."""

    @property
    def frames(self) -> FrameQueue:
        """Its messages."""
        ...

    @property
    def ending(self) -> Ending:
        """How it ended, once `frames` is over."""
        ...

    async def close(self) -> None:
        """Closes with a handshake."""
        ...

    def abort(self) -> None:
        """Breaks the connection; idempotent."""
        ...


@attrs.frozen(kw_only=True)
class WebSocketLibrary:
    """One library: how to connect, and its errors."""

    connect: Callable[..., Awaitable[Connection]]
    invalid_status: type[Exception]
    invalid_handshake: type[Exception]
    error: type[Exception]
