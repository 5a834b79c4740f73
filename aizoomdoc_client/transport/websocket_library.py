"""The two WebSocket libraries behind one face: websockets, and picows where the extra `speed` is installed.

`picows_client` gives picows the few parameters and methods of websockets that are used here. The errors are classes of their own,
and breaking off goes another way, so both are named here and nowhere else. Either is imported when it is first needed.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, Protocol

import attrs


class Connection(Protocol):
    """What both libraries' connections can do."""

    async def recv(self, *, decode: bool | None = None) -> Any:
        """The next message; its bytes when `decode` is False."""
        ...

    async def close(self) -> None:
        """Closes with a handshake."""
        ...


@attrs.frozen(kw_only=True)
class WebSocketLibrary:
    """One library: how to connect, how to break off, and its errors."""

    connect: Callable[..., Any]
    abort: Callable[[Any], object]
    closed: type[Exception]
    invalid_status: type[Exception]
    invalid_handshake: type[Exception]
    error: type[Exception]


def websockets_library() -> WebSocketLibrary:
    """The library websockets."""
    from websockets import exceptions
    from websockets.asyncio.client import connect

    class Connect(connect):
        """`connect`, but a redirect is an error: following it would show the token to another server."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    return WebSocketLibrary(
        connect=Connect,
        abort=lambda connection: connection.transport.abort(),
        closed=exceptions.ConnectionClosed,
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
        abort=lambda connection: connection.abort(),
        closed=picows_client.ClosedError,
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
