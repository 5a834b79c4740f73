"""The two WebSocket libraries behind one face: websockets, and picows where the extra `speed` is installed.

`websockets_client` and `picows_client` give their connections the same few methods; their errors are classes of their own and
are named here and nowhere else. Either library is imported when it is first needed.
"""

from __future__ import annotations

import functools
import logging
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


def websockets_library() -> WebSocketLibrary:
    """The library websockets."""
    from websockets import exceptions

    from . import websockets_client

    return WebSocketLibrary(
        connect=websockets_client.connect,
        invalid_status=exceptions.InvalidStatus,
        invalid_handshake=exceptions.InvalidHandshake,
        error=exceptions.WebSocketException,
    )


def picows_library() -> WebSocketLibrary:
    """The library picows; raises `ImportError` where it is not installed."""
    import picows

    from . import picows_client

    return WebSocketLibrary(
        connect=picows_client.connect,
        invalid_status=picows_client.InvalidStatusError,
        invalid_handshake=picows.WSHandshakeError,
        error=picows.WSError,
    )


@functools.cache
def best_library() -> WebSocketLibrary:
    """The faster library of those that are installed."""
    try:
        return picows_library()
    except ImportError:
        return websockets_library()


@functools.cache
def silent_logger() -> logging.Logger:
    """A logger that says nothing: both libraries log the handshake's URL, and the access token is in it."""
    logger = logging.getLogger("aizoomdoc_client.transport.websocket")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    return logger
