"""The interface of a WebSocket library, which `websockets_client` and `picows_client` implement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import attrs

from .frame_queue import FrameQueue


class ConnectTimeoutError(TimeoutError):
    """The TCP connection was not established in time, so no handshake was sent."""


class CloseInfo(Protocol):
    """The close frames of a connection, each None if there was none."""

    @property
    def rcvd(self) -> Any:
        """The frame that the server sent, with `code` and `reason`."""
        ...

    @property
    def sent(self) -> Any:
        """The frame that this side sent."""
        ...


class Connection(Protocol):
    """An open connection."""

    @property
    def frames(self) -> FrameQueue:
        """Its received messages."""
        ...

    @property
    def close_info(self) -> CloseInfo:
        """Its close frames; valid after the end of `frames`."""
        ...

    async def close(self) -> None:
        """Closes with the closing handshake."""
        ...

    def abort(self) -> None:
        """Aborts the connection; idempotent."""
        ...


@attrs.frozen(kw_only=True)
class WebSocketLibrary:
    """The function of a library that connects, and its error classes."""

    connect: Callable[..., Awaitable[Connection]]
    invalid_status: type[Exception]
    invalid_handshake: type[Exception]
    error: type[Exception]
