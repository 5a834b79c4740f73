"""Opens a server's streams by the transport that works there, without ever starting a second run of the model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..config import TransportName
from ..exceptions import APIError
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from ..protocol.transport_choice import Door, TransportChoice
from ..secrecy import Secret
from ..transport.base import FrameStream, StreamTransport


class Transports:
    """Both transports of one server, and what was found out about them; see `TransportChoice` for the rules."""

    def __init__(
        self,
        choice: TransportName,
        *,
        websocket: StreamTransport,
        eventsource: StreamTransport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._choice = TransportChoice(choice)
        self._doors: Mapping[Door, StreamTransport] = {"websocket": websocket, "sse": eventsource}
        self._clock = clock

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why there is none."""
        choice, clock = self._choice, self._clock
        door = choice.first(clock())
        try:
            stream = await self._doors[door].open(request, token=token, connect_timeout=connect_timeout)
        except APIError as error:
            detour = choice.detour(door, error, clock())
            if detour is None:
                raise
        else:
            choice.opened(door, clock())
            return stream
        stream = await self._doors[detour.door].open(request, token=token, connect_timeout=connect_timeout)
        choice.opened(detour.door, clock(), detour=detour)
        return stream

    def is_stub(self, first: Frame) -> bool:
        """Whether a stream's first frame says that the server has no WebSocket, so that it is to be opened anew."""
        return self._choice.is_stub(first, self._clock())
