"""Opens a server's streams by the transport that works there; a fallback never starts a second run of the model."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..credentials import Secret
from ..exceptions import APIError, AuthenticationError
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from ..protocol.transport_choice import Transport, TransportChoice
from ..transport.base import FrameStream, StreamTransport

_logger = logging.getLogger(__package__)


class StreamOpener:
    """Both transports of one server; `TransportChoice` has the rules and remembers what is known of the server."""

    def __init__(
        self,
        choice: TransportChoice,
        *,
        websocket: StreamTransport,
        eventsource: StreamTransport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.choice = choice
        self._transports: Mapping[Transport, StreamTransport] = {"websocket": websocket, "sse": eventsource}
        self._clock = clock
        self._refused_token: Secret | None = None

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why there is none."""
        choice, clock = self.choice, self._clock
        transport = choice.first(clock())
        try:
            stream = await self._transports[transport].open(request, token=token, connect_timeout=connect_timeout)
        except APIError as error:
            fallback = choice.fallback(transport, error, clock(), is_new_token=self._is_new(token, error))
            if fallback is None:
                raise
            _logger.info("%s: %s failed (%s), trying %s", request.path, transport, error.message, fallback.transport)
        else:
            self._refused_token = None
            choice.opened(transport, clock())
            _logger.debug("%s: opened by %s", request.path, transport)
            return stream
        stream = await self._transports[fallback.transport].open(request, token=token, connect_timeout=connect_timeout)
        choice.opened(fallback.transport, clock(), fallback=fallback)
        return stream

    def _is_new(self, token: Secret, error: APIError) -> bool:
        """Whether the stream before this one was refused with another token; notes this one's if it is refused, too."""
        before = self._refused_token
        if isinstance(error, AuthenticationError):
            self._refused_token = token
        return before is not None and before != token

    def is_stub(self, first: Frame) -> bool:
        """Whether a stream's first frame says that the server does not implement WebSockets: the stream must then be reopened."""
        is_stub = self.choice.is_stub(first, self._clock())
        if is_stub:
            _logger.info("the server does not implement WebSockets, trying sse")
        return is_stub
