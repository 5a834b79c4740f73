"""One HTTP request on its way through the scripted server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from aiohttp import web

from .backend import Backend
from .guise import WebSocketHabit
from .recording import RecordedRequest
from .responses import Moment, Normally, never
from .streams import cut

Process = Callable[["HttpExchange"], Awaitable[web.StreamResponse]]


@attrs.define(eq=False)
class HttpExchange:
    """One request, read, reacted to and answered in whatever order a reaction wants."""

    backend: Backend
    request: web.BaseRequest
    recorded: RecordedRequest
    _connections: Connections
    _process: Process
    _is_read: bool = attrs.field(default=False, init=False)
    _usual: web.StreamResponse | None = attrs.field(default=None, init=False)

    async def read(self) -> bytes:
        """The body, read the first time."""
        if not self._is_read:
            self._is_read = True
            self._welcome_body()
            async for chunk in self.request.content.iter_any():
                self.recorded.received += chunk
        return self.recorded.body

    def _welcome_body(self) -> None:
        transport = self.request.transport
        if transport is not None and self.request.headers.get("Expect", "").lower() == "100-continue":
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def process(self) -> web.StreamResponse:
        """The usual work, which begins when the whole body is there: even a refusal waits for it."""
        await self.read()
        self._usual = await self._process(self)
        return self._usual

    async def reach(self, moment: Moment) -> None:
        """Goes on with the request as far as `moment`."""
        if moment is Moment.AFTER_BODY:
            await self.read()
        elif moment is Moment.AFTER_PROCESSING:
            await self.process()

    def cut(self, *, reset: bool) -> None:
        """Cuts the TCP connection."""
        cut(self.request, reset=reset)

    async def close_silently(self, response: web.StreamResponse, *, at_next_request: bool) -> web.StreamResponse:
        """Answers without `Connection: close`, and closes."""
        if at_next_request:
            self._connections.doom(self.request)
            return response
        await response.prepare(self.request)
        await response.write_eof()
        self.cut(reset=False)
        return await never()

    async def respond(self) -> web.StreamResponse:
        """The response to the request: scripted, or the usual one."""
        if self._connections.is_doomed(self.request):
            self.cut(reset=True)
            return await never()
        if self.backend.frozen is not None:
            await self.backend.frozen.wait()
        reaction = self.backend.rules.take(self.recorded) or Normally()
        response = await reaction.react(self)
        if response is self._usual and response.status == 500 and self.backend.guise.closes_silently_after_500:
            return await self.close_silently(response, at_next_request=False)
        return response


class Connections(web.Server):
    """aiohttp's low-level server, which also knows its TCP connections by number, and which shall die at their next request."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **options: Any) -> None:
        super().__init__(handler, handler_cancellation=True, **options)
        self._numbers: dict[object, int] = {}
        self._doomed: set[object] = set()
        self._counter = itertools.count(1)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Gives the connection a number."""
        self._numbers[handler] = next(self._counter)
        super().connection_made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forgets the connection."""
        super().connection_lost(handler, exc)
        self._numbers.pop(handler, None)
        self._doomed.discard(handler)

    def number(self, request: web.BaseRequest) -> int:
        """The number of the request's connection, from 1; 0 once it is gone."""
        return self._numbers.get(request.protocol, 0)

    def doom(self, request: web.BaseRequest) -> None:
        """Lets the next request on this connection be reset."""
        self._doomed.add(request.protocol)

    def is_doomed(self, request: web.BaseRequest) -> bool:
        """Whether this request shall be reset."""
        return request.protocol in self._doomed

    def cut_all(self) -> None:
        """Cuts all connections at once."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()


def recorded(request: web.BaseRequest, habit: WebSocketHabit, connection: int) -> RecordedRequest:
    """The request as a test sees it; behind a proxy that strips `Upgrade` a handshake is a GET."""
    is_handshake = request.headers.get("Upgrade", "").lower() == "websocket" and habit is not WebSocketHabit.STRIPPED
    return RecordedRequest(
        method="WS" if is_handshake else request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        connection=connection,
    )
