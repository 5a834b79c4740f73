"""Opens a server's streams by the transport that works there; a fallback never starts a second run of the model."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Protocol

import anyio
import anyio.to_thread

from ..catalog import text
from ..credentials import Secret
from ..exceptions import APIError, AuthenticationError
from ..protocol.recovery import LOOKS
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from ..protocol.transport_choice import Learnt, Transport, TransportChoice
from ..transport.base import FrameStream, StreamTransport

_logger = logging.getLogger(__package__)
waits: logging.Logger = logging.getLogger(f"{__package__}.waits")
"""Records for people who wait for an answer: what it waits for; their `msg` is a `LocalizedText`."""
NOTICE_SECONDS = 3.0
"""Seconds of waiting for a WebSocket before a record says so."""


@contextlib.contextmanager
def _notice(transport: Transport, limit: float) -> Generator[None]:
    """Says that a WebSocket is waited for if the block takes long."""
    if transport != "websocket":
        yield
        return
    timer = asyncio.get_running_loop().call_later(NOTICE_SECONDS, waits.info, text("websocket_awaited", limit=limit))
    try:
        yield
    finally:
        timer.cancel()


class ServerMemory(Protocol):
    """Keeps what was learnt of one server for other processes; times are of a clock that shows `now`. Its methods block."""

    def load(self, now: float) -> Learnt:
        """What is known."""
        ...

    def save(self, learnt: Learnt, now: float) -> None:
        """Keeps `learnt` if it can."""
        ...


class StreamOpener:
    """Both transports of one server; `TransportChoice` has the rules and remembers what is known of the server."""

    def __init__(
        self,
        choice: TransportChoice,
        *,
        websocket: StreamTransport,
        eventsource: StreamTransport,
        clock: Callable[[], float] = time.monotonic,
        memory: ServerMemory | None = None,
    ) -> None:
        self.choice = choice
        self._transports: Mapping[Transport, StreamTransport] = {"websocket": websocket, "sse": eventsource}
        self._clock = clock
        self._refused_token: Secret | None = None
        self._memory = memory
        self._kept: Learnt | None = None

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why there is none."""
        choice, clock = self.choice, self._clock
        await self._recall()
        known, transport = choice.learnt, choice.first(clock())
        try:
            with _notice(transport, connect_timeout):
                stream = await self._transports[transport].open(request, token=token, connect_timeout=connect_timeout)
        except APIError as error:
            fallback = choice.fallback(transport, error, clock(), is_new_token=self._is_new(token, error))
            if fallback is None:
                if choice.learnt.doubted_until > known.doubted_until:
                    waits.warning(text("websocket_doubted", seconds=sum(LOOKS)))
                await self._keep()
                raise
            _logger.info("%s: %s failed (%s), trying %s", request.path, transport, error.message, fallback.transport)
        else:
            self._refused_token = None
            choice.opened(transport, clock())
            _logger.debug("%s: opened by %s", request.path, transport)
            return await self._kept_for(stream)
        stream = await self._transports[fallback.transport].open(request, token=token, connect_timeout=connect_timeout)
        choice.opened(fallback.transport, clock(), fallback=fallback)
        return await self._kept_for(stream)

    async def _recall(self) -> None:
        """Takes over, once, what other processes have learnt of the server."""
        if self._memory is None or self._kept is not None:
            return
        now = self._clock()
        self.choice.recall(await anyio.to_thread.run_sync(self._memory.load, now), now)
        self._kept = self.choice.learnt

    async def _keep(self) -> None:
        """Keeps for other processes what was learnt since the last time."""
        if self._memory is None or self._kept == self.choice.learnt:
            return
        self._kept = self.choice.learnt
        await anyio.to_thread.run_sync(self._memory.save, self._kept, self._clock())

    async def _kept_for(self, stream: FrameStream) -> FrameStream:
        """`stream`; what was learnt is kept, too, and a cancelled opening leaves no stream."""
        try:
            await self._keep()
        except BaseException:
            stream.abort()
            raise
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
