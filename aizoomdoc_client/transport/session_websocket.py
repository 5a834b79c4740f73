"""WebSockets over the connections of a user's own session: aiohttp connects, websockets does the handshake and the frames.

So the stream takes the same way through the network as all requests, and is read as any other stream is.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
import attrs
import yarl
from aiohttp.connector import Connection
from websockets.client import ClientProtocol
from websockets.exceptions import ProxyError
from websockets.uri import parse_uri

from .http_session import RequestAlone
from .network import Network
from .own_session import OwnSession, proxy_options, takes_proxy_of_environment
from .proxies import aiohttp_options
from .websocket import websockets_library
from .websocket_library import ConnectTimeoutError, OpeningLimit, WebSocketLibrary
from .websockets_client import WebSocketsConnection


def library_over(own: OwnSession, network: Network) -> WebSocketLibrary:
    """The library websockets over connections of the session; `network` has the environment's proxies, if it trusts those."""
    return attrs.evolve(websockets_library(), connect=functools.partial(_connect, own, network))


class _Connection(WebSocketsConnection):
    """A connection that gives its place in the connector's pool back when it is lost."""

    taken: Connection | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when the connection is lost."""
        taken, self.taken = self.taken, None
        if taken is not None:
            if taken.protocol is not None:
                taken.protocol.connection_lost(exc)  # the connector waits for it when it is closed
            taken.close()
        super().connection_lost(exc)


async def _connect(
    own: OwnSession,
    network: Network,
    uri: str,
    *,
    logger: logging.Logger,
    max_queue: int,
    max_size: int,
    open_timeout: float,
    reach_timeout: float,
    user_agent_header: str,
    additional_headers: Mapping[str, str],
    **_: Any,
) -> WebSocketsConnection:
    """See `websocket_library.WebSocketLibrary.connect`; raises `ConnectTimeoutError`."""
    limit = OpeningLimit(reach_timeout, open_timeout)
    protocol = ClientProtocol(parse_uri(uri), max_size=max_size, logger=logger)
    connection = _Connection(protocol, max_queue=max_queue, ping_interval=None)
    connection.limit = limit
    try:
        async with limit.timeout:
            _take_over(await _connected(own, network, uri), connection)
            await connection.handshake(additional_headers, user_agent_header)
    except TimeoutError:
        _drop(connection)
        if limit.is_reached:
            raise
        raise ConnectTimeoutError from None
    except BaseException:
        _drop(connection)
        raise
    connection.request = connection.limit = None  # not needed any more
    connection.start_pings()
    return connection


def _take_over(taken: Connection, connection: _Connection) -> None:
    """Lets `connection` read and write instead of aiohttp."""
    transport = taken.transport
    if transport is None:  # lost at once
        taken.close()
        raise ConnectionResetError
    connection.taken = taken
    connection.connection_made(transport)
    transport.set_protocol(connection)


def _drop(connection: _Connection) -> None:
    if connection.taken is not None:
        connection.abort()


async def _connected(own: OwnSession, network: Network, uri: str) -> Connection:
    """A new connection to the server; aiohttp's errors are raised as the system's or as those of websockets."""
    session, address = own.current(), yarl.URL("http" + uri.removeprefix("ws"), encoded=True)
    proxy = network.proxy_for(str(address)) if takes_proxy_of_environment(session) else None
    options = aiohttp_options(proxy, str(address)) or proxy_options(session)
    if options.get("proxy") is not None:
        if address.scheme == "http":
            raise ProxyError("no tunnel for plain http")
        options = {**options, "proxy": yarl.URL(options["proxy"])}
    connector = session.connector
    assert connector is not None
    request = RequestAlone("GET", address, loop=asyncio.get_running_loop(), session=session, **options)
    try:
        return await connector.connect(request, traces=[], timeout=aiohttp.ClientTimeout(total=None))
    except aiohttp.ClientConnectorCertificateError as error:
        raise error.certificate_error from None
    except aiohttp.ClientConnectorError as error:
        raise error.os_error from None
    except aiohttp.ClientHttpProxyError as error:
        raise ProxyError(f"HTTP {error.status}") from None
    except aiohttp.ClientError as error:
        raise ConnectionError(str(error)) from None
