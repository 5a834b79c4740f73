"""How the scripted server handles one HTTP request: connection, reaction, route."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage

from .behavior import WebSocketBehavior
from .proxy.connections import end_connection
from .reactions import Normally, detail, html_page, never
from .request_rules import Moment, RecordedRequest
from .routes import Handler, RefusalError, RouteRequest, accounts, chats, documents
from .server_state import ServerState


def _without_request_line(record: logging.LogRecord) -> bool:
    """Leaves out of `record` the request that could not be read: the URL of a WebSocket has the token in it."""
    if record.exc_info and isinstance(record.exc_info[1], BadHttpMessage):
        record.exc_info = None
    return True


HTTP_LOG = logging.getLogger("aizoomdoc_client.testing.http")
HTTP_LOG.addFilter(_without_request_line)


class HttpServer(web.Server):
    """aiohttp's low-level server, which also numbers its TCP connections and resets marked ones at their next request."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **options: Any) -> None:
        super().__init__(handler, handler_cancellation=True, **options)
        self._numbers: dict[object, int] = {}
        self._marked: set[object] = set()
        self._counter = itertools.count(1)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Numbers the connection."""
        self._numbers[handler] = next(self._counter)
        super().connection_made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forgets the connection."""
        super().connection_lost(handler, exc)
        self._numbers.pop(handler, None)
        self._marked.discard(handler)

    def connection_number(self, http: web.BaseRequest) -> int:
        """The number of the request's connection, from 1; 0 after the connection has ended."""
        return self._numbers.get(http.protocol, 0)

    def mark_for_reset(self, http: web.BaseRequest) -> None:
        """Lets the next request on this connection be reset."""
        self._marked.add(http.protocol)

    def is_marked_for_reset(self, http: web.BaseRequest) -> bool:
        """Whether this request is to be reset."""
        return http.protocol in self._marked

    def abort_all(self) -> None:
        """Aborts all connections."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()


@attrs.define(eq=False)
class ServerRequest:
    """One request, which a reaction reads, processes and answers in whatever order it likes."""

    state: ServerState
    http: web.BaseRequest
    recorded: RecordedRequest
    _server: HttpServer
    _is_read: bool = attrs.field(default=False, init=False)
    _usual_response: web.StreamResponse | None = attrs.field(default=None, init=False)

    async def read(self) -> bytes:
        """The body; reads it the first time."""
        if not self._is_read:
            self._is_read = True
            self._send_continue()
            async for chunk in self.http.content.iter_any():
                self.recorded.received += chunk
        return self.recorded.body

    def _send_continue(self) -> None:
        transport = self.http.transport
        if transport is not None and self.http.headers.get("Expect", "").lower() == "100-continue":
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def process(self) -> web.StreamResponse:
        """The usual response, made after the whole body has been read: even a refusal waits for it, as in production."""
        await self.read()
        self._usual_response = await _route(self)
        return self._usual_response

    async def advance_to(self, moment: Moment) -> None:
        """Processes the request as far as `moment`."""
        if moment is Moment.AFTER_BODY:
            await self.read()
        elif moment is Moment.AFTER_PROCESSING:
            await self.process()

    def end_connection(self, *, reset: bool) -> None:
        """Ends the TCP connection."""
        if self.http.transport is not None:
            end_connection(self.http.transport, reset=reset)

    async def close_silently(self, response: web.StreamResponse, *, at_next_request: bool) -> web.StreamResponse:
        """Sends `response` without ``Connection: close``, and closes the connection."""
        if at_next_request:
            self._server.mark_for_reset(self.http)
            return response
        await response.prepare(self.http)
        await response.write_eof()
        self.end_connection(reset=False)
        return await never()

    async def respond(self) -> web.StreamResponse:
        """The response to the request: scripted, or the usual one."""
        if self._server.is_marked_for_reset(self.http):
            self.end_connection(reset=True)
            return await never()
        if self.state.frozen is not None:
            await self.state.frozen.wait()
        reaction = self.state.rules.take(self.recorded) or Normally()
        response = await reaction.react(self)
        if response is self._usual_response and response.status == 500 and self.state.behavior.closes_silently_after_500:
            return await self.close_silently(response, at_next_request=False)
        return response


async def handle(http: web.BaseRequest, state: ServerState, server: HttpServer) -> web.StreamResponse:
    """Records a request and answers it."""
    record = RecordedRequest(
        method="WS" if _is_handshake(http, state.behavior.websocket) else http.method,
        path=http.path,
        query=http.query,
        headers=http.headers,
        connection=server.connection_number(http),
    )
    state.requests.append(record)
    return await ServerRequest(state, http, record, server).respond()


def _is_handshake(http: web.BaseRequest, behavior: WebSocketBehavior) -> bool:
    """Behind a proxy that removes `Upgrade` a handshake is a GET."""
    return http.headers.get("Upgrade", "").lower() == "websocket" and behavior is not WebSocketBehavior.STRIPPED


ROUTES = (*accounts.ROUTES, *chats.ROUTES, *documents.ROUTES)


async def _route(request: ServerRequest) -> web.StreamResponse:
    """The usual response of the route that matches."""
    behavior, method, path = request.state.behavior, request.recorded.method, request.recorded.path
    if method == "WS" and behavior.websocket is WebSocketBehavior.REFUSED:
        return html_page(behavior.websocket_refusal_status).response()
    matching = [(route, params) for route in ROUTES if (params := route.params(path)) is not None]
    for route, params in matching:
        if route.method == method:
            return await _call(route.handler, RouteRequest(request.state, request.http, request.recorded, params))
    if method == "WS":
        return web.Response(status=403)
    return (detail(405, "Method Not Allowed") if matching else detail(404, "Not Found")).response()


async def _call(handler: Handler, request: RouteRequest) -> web.StreamResponse:
    try:
        return await handler(request)
    except RefusalError as refusal:
        return refusal.reply.response()
