"""Sessions of aiohttp as this package uses them: over connections of its own, or of a user's session."""

from __future__ import annotations

import itertools
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection

from .http_errors import MAX_HEADER_LINE, BrokenOffError
from .network import Network
from .own_session import OwnSession, copy_proxy_login, network_options
from .response_head import HeadFirst
from .sockets import new_socket
from .unsent_data import ClosedAtOnce, with_connections

KEEP_ALIVE = 4.0
"""Seconds after which an idle connection is closed. Servers do that after 5; a request sent at that moment would be lost."""
BUFFER = 256 * 1024
"""aiohttp's `read_bufsize` in bytes: with twice as many unread, the socket is paused."""


def new_session(user_agent: str, network: Network, own: OwnSession | None, *, share: bool) -> aiohttp.ClientSession:
    """A session for the running loop; with `share` its requests take connections from a pool, else each one has a new one."""
    options: dict[str, Any] = {"response_class": _Response}
    if own is not None:
        options |= network_options(own.current())
        if not share:
            options |= {"request_class": RequestAlone, "response_class": _ResponseAlone}
    elif share:
        pool = aiohttp.TCPConnector(socket_factory=new_socket, limit=network.connections, keepalive_timeout=KEEP_ALIVE)
        options |= {"connector": with_connections(pool, ClosedAtOnce)}
    else:
        alone = aiohttp.TCPConnector(socket_factory=new_socket, limit=0, force_close=True)
        options |= {"connector": with_connections(alone, HeadFirst)}
    made = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        read_bufsize=BUFFER,
        max_line_size=MAX_HEADER_LINE,
        max_field_size=MAX_HEADER_LINE,
        **options,
    )
    if own is not None:
        copy_proxy_login(own.current(), made)
    return made


class _Response(aiohttp.ClientResponse):
    """A response that closes its connection if it is a 5xx, and that does not wait for a connection which was released."""

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Releases the connection, unless reading the response to its end has done so."""
        if self.connection is not None:
            await super().__aexit__(kind, error, trace)

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Reads the headers. If the whole response has been received, its connection is back in the pool afterwards."""
        protocol = connection.protocol
        try:
            await super().start(connection)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            # Another class, because aiohttp would retry each GET on these errors, and that could start another run of the model.
            raise BrokenOffError(error) from None
        if self._ends_connection() and protocol is not None:
            if self.connection is None:
                protocol.close()
            else:
                protocol.force_close()
        return self

    def _ends_connection(self) -> bool:
        return self.status >= 500  # servers close the connection after a 5xx without announcing it


class RequestAlone(aiohttp.ClientRequest):
    """A request that gets a new connection from a pool."""

    _number: int | None = None

    @property
    def connection_key(self) -> ConnectionKey:
        """A key that no pooled connection has."""
        if self._number is None:
            self._number = next(_numbers)
        return super().connection_key._replace(proxy_headers_hash=self._number)


class _ResponseAlone(_Response):
    """A response whose connection never goes back into a pool."""

    def _ends_connection(self) -> bool:
        return True


_numbers = itertools.count(1 << 64)
"""For keys of connections: larger than the hash of proxy headers that pooled connections have in this place."""
