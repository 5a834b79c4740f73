"""Which transport streams a server's answers: found out once, without ever starting a second run of the model."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from ..config import TransportName
from ..events import ErrorEvent
from ..exceptions import APIConnectionError, APIError, APITimeoutError, AuthenticationError, ProtocolError
from ..protocol import codec
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from ..secrecy import Secret
from ..transport.base import FrameStream, StreamTransport

NO_SUCH_ENDPOINT = frozenset({404, 405})


class Transports:
    """Opens streams of one server by the transport that works there.

    `auto` tries a WebSocket first. A server that refuses it, or whose first frame says that it is not implemented, has started
    no run, so server-sent events may be opened instead; that is remembered for as long as this object lives. Where a handshake
    broke off, the next opening tries server-sent events first: a proxy may let no WebSocket through.
    """

    def __init__(self, choice: TransportName, *, websocket: StreamTransport, eventsource: StreamTransport) -> None:
        self._websocket = websocket
        self._eventsource = eventsource
        self._is_sse = choice == "sse"
        self._may_fall_back = choice == "auto"
        self._is_doubtful = False

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why there is none."""
        on = functools.partial(self._opened, request, token=token, connect_timeout=connect_timeout)
        if self._is_sse:
            return await on(self._eventsource)
        if self._is_doubtful:
            self._is_doubtful = False
            return await self._by_events_or_websocket(on)
        try:
            return await on(self._websocket)
        except APIError as error:
            # Nobody knows whether a handshake that broke off began a run: only the next opening, if any, goes another way.
            self._is_doubtful = self._may_fall_back and isinstance(error, APIConnectionError) and error.request_sent
            if not self._may_fall_back or not _is_refusal(error):
                raise
        # If it opens, then the server, and not the chat or the network, was the reason.
        return await on(self._eventsource)

    async def _by_events_or_websocket(self, on: Callable[[StreamTransport], Awaitable[FrameStream]]) -> FrameStream:
        try:
            return await on(self._eventsource)
        except APIError as error:
            if error.status_code not in NO_SUCH_ENDPOINT:
                raise
        return await on(self._websocket)

    async def _opened(self, request: Request[Any], transport: StreamTransport, **options: Any) -> FrameStream:
        stream = await transport.open(request, **options)
        self._is_sse = self._is_sse or transport is self._eventsource
        return stream

    def is_stub(self, first: Frame) -> bool:
        """Whether a stream's first frame says that the server has no WebSocket, so that it is to be opened anew."""
        if not self._may_fall_back or not isinstance(first, bytes):
            return False
        try:
            event = codec.decode_envelope(first)
        except ProtocolError:
            return False
        self._is_sse = isinstance(event, ErrorEvent) and "not implemented" in event.message.lower()
        return self._is_sse


def _is_refusal(error: APIError) -> bool:
    """Whether the server, or a proxy, has no WebSocket here: it answered the handshake with a status, or not as a WebSocket."""
    if isinstance(error, AuthenticationError):
        return False
    if isinstance(error, APIConnectionError):
        return isinstance(error, APITimeoutError)
    return True
