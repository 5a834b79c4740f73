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
_notices = logging.getLogger(f"{__package__}.waits")
"""Records for people who wait for an answer: what it waits for; their `msg` is a `LocalizedText`."""
NOTICE_SECONDS = 3.0
"""Seconds of waiting for a WebSocket after which a record is logged about it."""


@contextlib.contextmanager
def _notice_of_waiting(transport: Transport, limit: float) -> Generator[None]:
    """Logs that a WebSocket is waited for, at most `limit` seconds, if the block takes longer than `NOTICE_SECONDS`."""
    if transport != "websocket":
        yield
        return
    timer = asyncio.get_running_loop().call_later(NOTICE_SECONDS, _notices.info, text("websocket_awaited", limit=limit))
    try:
        yield
    finally:
        timer.cancel()


class ServerMemory(Protocol):
    """Shares what was learnt of one server with other processes; times are of a clock that shows `now`. Its methods block."""

    def load(self, now: float) -> Learnt:
        """What was saved last; nothing learnt where it cannot be read."""
        ...

    def save(self, learnt: Learnt, now: float) -> None:
        """Saves `learnt`; raises nothing where it cannot be written."""
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
        self._saved: Learnt | None = None

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`, by the transport that works; raises the `APIError` of the last one that was tried."""
        choice, clock = self.choice, self._clock
        await self._load_learnt()
        known, transport = choice.learnt, choice.first(clock())
        try:
            with _notice_of_waiting(transport, connect_timeout):
                stream = await self._transports[transport].open(request, token=token, connect_timeout=connect_timeout)
        except APIError as error:
            fallback = choice.fallback(transport, error, clock(), is_new_token=self._was_other_refused(token, error))
            if fallback is None:
                if choice.learnt.doubted_until > known.doubted_until:
                    _notices.warning(text("websocket_doubted", seconds=sum(LOOKS)))
                await self._save_learnt()
                raise
            _logger.info("%s: %s failed (%s), trying %s", request.path, transport, error.message, fallback.transport)
        else:
            self._refused_token = None
            choice.opened(transport, clock())
            _logger.debug("%s: opened by %s", request.path, transport)
            return await self._save_or_abort(stream)
        stream = await self._transports[fallback.transport].open(request, token=token, connect_timeout=connect_timeout)
        choice.opened(fallback.transport, clock(), fallback=fallback)
        return await self._save_or_abort(stream)

    async def _load_learnt(self) -> None:
        """Adds, once, what other processes have learnt of the server."""
        if self._memory is None or self._saved is not None:
            return
        now = self._clock()
        self.choice.recall(await anyio.to_thread.run_sync(self._memory.load, now), now)
        self._saved = self.choice.learnt

    async def _save_learnt(self) -> None:
        """Saves for other processes what was learnt since the last time."""
        if self._memory is None or self._saved == self.choice.learnt:
            return
        self._saved = self.choice.learnt
        await anyio.to_thread.run_sync(self._memory.save, self._saved, self._clock())

    async def _save_or_abort(self, stream: FrameStream) -> FrameStream:
        """`stream`, once what was learnt is saved; if that is cancelled it is aborted, because no caller has it yet."""
        try:
            await self._save_learnt()
        except BaseException:
            stream.abort()
            raise
        return stream

    def _was_other_refused(self, token: Secret, error: APIError) -> bool:
        """Whether the opening before this one was refused with another token; remembers `token` if `error` refuses it, too."""
        before = self._refused_token
        if isinstance(error, AuthenticationError):
            self._refused_token = token
        return before is not None and before != token

    def is_stub(self, first: Frame) -> bool:
        """As `TransportChoice.is_stub`; such a stream must be closed and opened again."""
        is_stub = self.choice.is_stub(first, self._clock())
        if is_stub:
            _logger.info("the server does not implement WebSockets, trying sse")
        return is_stub
