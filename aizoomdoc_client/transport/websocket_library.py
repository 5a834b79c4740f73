"""The interface of a WebSocket library, which `websockets_client` and `picows_client` implement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import attrs

from .frame_queue import FrameQueue

NO_CODE = 1005
"""Stands for a close frame without a code (RFC 6455 §7.1.5)."""


class ConnectTimeoutError(TimeoutError):
    """TCP, a proxy or TLS took too long, so no handshake was sent."""


class OpeningLimit:
    """The time limit of an opening, whose handshake is to be sent within `reach` seconds, and answered within `opening` in all.

    ``async with limit.timeout:`` raises `TimeoutError`; `reached` is to be called when the handshake is sent.
    """

    def __init__(self, reach: float, opening: float) -> None:
        now = asyncio.get_running_loop().time()
        self.timeout: asyncio.Timeout = asyncio.timeout_at(now + min(reach, opening))
        self._end = now + opening
        self.is_reached: bool = False

    def reached(self) -> None:
        """From now on only the limit of the whole opening counts."""
        self.is_reached = True
        if not self.timeout.expired():
            self.timeout.reschedule(self._end)


@attrs.frozen
class Close:
    """A close frame; one without a code has `NO_CODE`."""

    code: int
    reason: str

    @classmethod
    def of(cls, frame: Any) -> Close | None:
        """A close frame of a library, by its `code` and `reason`; None for None."""
        return None if frame is None else cls(int(frame.code) or NO_CODE, frame.reason or "")


@attrs.frozen(kw_only=True)
class CloseFrames:
    """The close frames of a connection, each None if there was none."""

    rcvd: Close | None = None
    sent: Close | None = None


class Connection(Protocol):
    """An open connection."""

    @property
    def frames(self) -> FrameQueue:
        """Its received messages; they end with a close frame of either side, whether or not the server closes TCP then."""
        ...

    @property
    def close_frames(self) -> CloseFrames:
        """Its close frames so far."""
        ...

    async def close(self) -> None:
        """Sends a close frame, unless one was sent, and closes TCP without waiting for the server."""
        ...

    def abort(self) -> None:
        """Aborts the connection; idempotent."""
        ...


@attrs.frozen(kw_only=True)
class WebSocketLibrary:
    """The function of a library that connects, and its error classes."""

    connect: Callable[..., Awaitable[Connection]]
    """Takes options of websockets' `connect`, and ``reach_timeout``, as `OpeningLimit` has it."""
    invalid_status: type[Exception]
    invalid_handshake: type[Exception]
    proxy_error: type[Exception]
    is_head_too_long: Callable[[Exception], bool]
    """Whether an `invalid_handshake` means that the response's headers are longer than the library reads."""
    error: type[Exception]
