"""Limits for clients that send no complete request: of connections, and of the time for a body."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from .app_state import state_of
from .client_networks import network_of
from .handlers.http_responses import error_response
from .request_errors import RequestError

LEAST_BODY_BYTES = 1024
"""So much of a body must arrive in each `LocalSettings.body_seconds`, or its end."""

_MOST_REFUSED = 100  # connections at once that get a 503; further ones are reset
_REFUSAL_SECONDS = 1.0  # for reading the 503


def _refusal(detail: str) -> bytes:
    body = msgspec.json.encode({"detail": detail})
    return (
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )


_TOO_MANY = _refusal("Too many connections: try again later")
_TOO_MANY_OF_ADDRESS = _refusal("Too many connections from this address: try again later")


class BoundedConnections:
    """Makes the protocols of a listening socket: the server's for the first `limit` connections, a 503 for more.

    Of one address, or of one IPv6 network of 64 bits, the first `limit_of_address` are served.
    """

    def __init__(self, server: web.Server, limit: int, limit_of_address: int) -> None:
        self._server = server
        self._limit = limit
        self._limit_of_address = limit_of_address
        self._refused: set[asyncio.Protocol] = set()

    def __call__(self) -> asyncio.Protocol:
        """The protocol of a new connection."""
        return _NewConnection(self)

    def protocol_for(self, transport: asyncio.Transport) -> asyncio.Protocol:
        """The protocol that handles the connection."""
        served = self._server.connections
        if len(served) >= self._limit:
            return _Refusal(self._refused, _TOO_MANY)
        if len(served) >= self._limit_of_address:
            network = _network(transport)
            if sum(_network(each.transport) == network for each in served) >= self._limit_of_address:
                return _Refusal(self._refused, _TOO_MANY_OF_ADDRESS)
        return self._server()


def _network(transport: asyncio.Transport | None) -> str:
    """The network of the connection's address; empty once it is closed."""
    peer = cast("Sequence[object] | None", transport.get_extra_info("peername")) if transport else None
    return network_of(str(peer[0])) if peer else ""


class _NewConnection(asyncio.Protocol):
    """A connection that gets its protocol when it is established, because only then is its address known and it is counted."""

    def __init__(self, connections: BoundedConnections) -> None:
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        accepted = cast("asyncio.Transport", transport)
        protocol = self._connections.protocol_for(accepted)
        accepted.set_protocol(protocol)
        protocol.connection_made(accepted)


class _Refusal(asyncio.Protocol):
    """A connection that gets a 503, whatever it requests, and is closed a second later."""

    def __init__(self, refused: set[asyncio.Protocol], response: bytes) -> None:
        self._refused = refused
        self._response = response

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writer = cast("asyncio.Transport", transport)
        if len(self._refused) >= _MOST_REFUSED:
            writer.abort()
            return
        self._refused.add(self)
        writer.write(self._response)
        writer.write_eof()  # not `close`, which with an unread request resets the connection before the client has read
        asyncio.get_running_loop().call_later(_REFUSAL_SECONDS, writer.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._refused.discard(self)


@web.middleware
async def bound_body_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A 408 where the sender of a body stops, or sends less than `LEAST_BODY_BYTES` in `LocalSettings.body_seconds`."""
    if request.content.is_eof():
        return await handler(request)
    loop, seconds = asyncio.get_running_loop(), state_of(request).settings.body_seconds
    received = request.content.total_bytes
    timer: asyncio.TimerHandle
    deadline = asyncio.timeout(None)

    def check_progress() -> None:
        nonlocal received, timer
        if request.content.is_eof():
            return
        transport, before, received = request.transport, received, request.content.total_bytes
        server_waits = transport is not None and transport.is_reading()  # else the server is the slow side
        if server_waits and received - before < LEAST_BODY_BYTES:
            deadline.reschedule(loop.time())
        else:
            timer = loop.call_later(seconds, check_progress)

    timer = loop.call_later(seconds, check_progress)
    try:
        async with deadline:
            return await handler(request)
    except TimeoutError:
        if not deadline.expired():
            raise
        response = error_response(RequestError(408, "The request's body comes too slowly"), ())
        response.force_close()
        return response
    finally:
        timer.cancel()
