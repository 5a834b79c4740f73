"""Which transport streams a server's answers: found out once, without ever starting a second run of the model."""

from __future__ import annotations

from typing import Any

from ..config import TransportName
from ..events import ErrorEvent
from ..exceptions import APIConnectionError, APIError, APITimeoutError, AuthenticationError, ProtocolError
from ..protocol import codec
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from ..secrecy import Secret
from ..transport.base import FrameStream, StreamTransport


class Transports:
    """Opens streams of one server by the transport that works there.

    `auto` tries a WebSocket first. A server that refuses it, or whose first frame says that it is not implemented, has started
    no run, so server-sent events may be opened instead; that is remembered for as long as this object lives.
    """

    def __init__(self, choice: TransportName, *, websocket: StreamTransport, eventsource: StreamTransport) -> None:
        self._websocket = websocket
        self._eventsource = eventsource
        self._is_sse = choice == "sse"
        self._may_fall_back = choice == "auto"

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why there is none."""
        if self._is_sse:
            return await self._eventsource.open(request, token=token, connect_timeout=connect_timeout)
        try:
            return await self._websocket.open(request, token=token, connect_timeout=connect_timeout)
        except APIError as error:
            if not self._may_fall_back or not _is_refusal(error):
                raise
        stream = await self._eventsource.open(request, token=token, connect_timeout=connect_timeout)
        # Only now is it known that the server, and not the chat or the network, was the reason.
        self._is_sse = True
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
