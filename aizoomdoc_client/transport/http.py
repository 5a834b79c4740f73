"""HTTP by aiohttp: one connection pool per event loop, no redirects, errors mapped."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any

import aiohttp
import yarl
from aiohttp.connector import Connection

from ..credentials import Secret
from ..exceptions import APIError
from ..logs import with_request_id
from ..protocol import errors
from ..protocol.requests import Request
from .base import Response
from .bodies import Body, read_body, read_error_body
from .http_errors import MAX_HEADER_LINE, BrokenOffError, mapped_errors
from .lifetimes import PerLoop
from .network import Network
from .proxies import aiohttp_headers, aiohttp_options
from .response_head import HeadFirst
from .sockets import new_socket
from .unsent_data import ClosedAtOnce, with_connections
from .uploads import Upload

_logger = logging.getLogger(__package__)

MAX_CONNECT_SECONDS = 20.0
"""The maximum time for connecting, in seconds."""
CONNECT_SHARE = 0.9
"""The maximum share of a request's timeout for connecting, if that is less."""
KEEP_ALIVE = 4.0
"""Seconds after which an idle connection is closed. Servers do that after 5; a request sent at that moment would be lost."""
BUFFER = 256 * 1024
"""aiohttp's `read_bufsize` in bytes: with twice as many unread, the socket is paused."""


class AiohttpTransport:
    """Sends requests to the server at `base_url`; with `share` over a pool of connections, else over one connection each."""

    def __init__(self, base_url: str, user_agent: str, *, share: bool = True, network: Network | None = None) -> None:
        self._base_url = base_url
        self._network = network or Network()
        self._proxy = self._network.proxy_for(base_url)
        make = functools.partial(_new_session, self._network.user_agent(user_agent), self._network, share=share)
        self._sessions = PerLoop(make, aiohttp.ClientSession.close)

    async def send(
        self, request: Request[Any], *, token: Secret | None, timeout: float | None, upload: Upload | None = None
    ) -> Response:
        """See `base.HTTPTransport.send`."""
        body = Body(request, upload)
        # How long an upload takes depends on the network, so `timeout` bounds each period without data instead of the whole.
        limits, total = (_idle_limits(timeout), None) if upload else (_limits(timeout), timeout)
        began = time.monotonic()
        with mapped_errors(request.method, request.path, body, connect=limits.connect):
            async with asyncio.timeout(total), await self._request(request, token, body, limits) as response:
                if 200 <= response.status < 300:
                    received = Response(response.status, await read_body(response, request.path))
                    took = time.monotonic() - began
                    if _logger.isEnabledFor(logging.DEBUG):
                        what = with_request_id(f"{received.status} in {took:.3f} s", errors.request_id(_headers(response)))
                        _logger.debug("%s %s: %s", request.method, request.path, what)
                    return received
                raise await _error_of(response, request.path)

    async def open(
        self, request: Request[Any], *, token: Secret | None, limits: aiohttp.ClientTimeout, buffer: int = BUFFER
    ) -> aiohttp.ClientResponse:
        """The successful response to `request` with an unread body, buffered up to twice `buffer` bytes; the caller closes it."""
        body = Body(request)
        with mapped_errors(request.method, request.path, body, connect=limits.connect):
            response = await self._request(request, token, body, limits, buffer)
            return await self._successful(response, request.path)

    async def download(
        self, url: str, *, token: Secret | None, timeout: float | None, redirects: bool = False
    ) -> AiohttpDownload:
        """See `base.HTTPTransport.download`."""
        address = yarl.URL(url, encoded=True)
        with mapped_errors("GET", address.path, connect=timeout):
            session, limits = self._sessions.current(), _idle_limits(timeout)
            proxy, network = self._network.proxy_for(url), self._network
            is_own = token is not None  # other hosts are shown neither the headers nor the certificate
            response = await session.get(
                address,
                headers={**(network.headers if is_own else {}), **_authorization(token), **aiohttp_headers(proxy, url)},
                timeout=limits,
                allow_redirects=False,
                ssl=(network.own_tls if is_own else network.other_tls) or True,
                **aiohttp_options(proxy, url),
            )
            download = AiohttpDownload(response)
            if not (redirects and download.location):
                await self._successful(response, address.path)
            return download

    async def close(self) -> None:
        """See `base.HTTPTransport.close`."""
        await self._sessions.finish()

    async def _request(
        self, request: Request[Any], token: Secret | None, body: Body, limits: aiohttp.ClientTimeout, buffer: int = BUFFER
    ) -> aiohttp.ClientResponse:
        query = "?" + str(yarl.URL.build(query=request.query).raw_query_string) if request.query else ""
        return await self._sessions.current().request(
            request.method,
            yarl.URL(self._base_url + request.path + query, encoded=True),
            data=body.payload(),
            headers={
                **self._network.headers,
                **request.headers,
                **_authorization(token),
                **aiohttp_headers(self._proxy, self._base_url),
            },
            timeout=limits,
            allow_redirects=False,
            read_bufsize=buffer,
            ssl=self._network.own_tls or True,
            **aiohttp_options(self._proxy, self._base_url),
        )

    async def _successful(self, response: aiohttp.ClientResponse, path: str) -> aiohttp.ClientResponse:
        if 200 <= response.status < 300:
            return response
        try:
            raise await _error_of(response, path)
        finally:
            response.close()


def _new_session(user_agent: str, network: Network, *, share: bool) -> aiohttp.ClientSession:
    if share:
        pool = aiohttp.TCPConnector(socket_factory=new_socket, limit=network.connections, keepalive_timeout=KEEP_ALIVE)
        connector = with_connections(pool, ClosedAtOnce)
    else:
        connector = with_connections(aiohttp.TCPConnector(socket_factory=new_socket, limit=0, force_close=True), HeadFirst)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        read_bufsize=BUFFER,
        max_line_size=MAX_HEADER_LINE,
        max_field_size=MAX_HEADER_LINE,
        response_class=_Response,
    )


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
        if self.status >= 500 and protocol is not None:  # servers close the connection after a 5xx without announcing it
            if self.connection is None:
                protocol.close()
            else:
                protocol.force_close()
        return self


_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class AiohttpDownload:
    """A response body, received in chunks."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @property
    def headers(self) -> Mapping[str, str]:
        """See `base.Download.headers`."""
        return _headers(self._response)

    @property
    def location(self) -> str | None:
        """See `base.Download.location`."""
        return self._response.headers.get("Location") if self._response.status in _REDIRECTS else None

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `base.Download.chunks`."""
        with mapped_errors("GET", self._response.url.path):
            async for chunk in self._response.content.iter_any():
                yield chunk

    async def close(self) -> None:
        """See `base.Download.close`."""
        self._response.close()


@functools.lru_cache(maxsize=64)
def _limits(timeout: float | None) -> aiohttp.ClientTimeout:
    # Less than the timeout of the whole request, so that the error can name the deadline that has passed.
    # Without one, only the system bounds connecting.
    connect = None if timeout is None else min(MAX_CONNECT_SECONDS, CONNECT_SHARE * timeout)
    return aiohttp.ClientTimeout(total=None, connect=connect)


@functools.lru_cache(maxsize=64)
def _idle_limits(timeout: float | None) -> aiohttp.ClientTimeout:
    """Limits for bodies whose transfer time depends on the network."""
    return aiohttp.ClientTimeout(total=None, connect=timeout, sock_read=timeout)


def _authorization(token: Secret | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.reveal()}"} if token is not None else {}


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


async def _error_of(response: aiohttp.ClientResponse, path: str) -> APIError:
    """The error of an unsuccessful response; its body, which may contain tokens, is in no variable of the raising function."""
    failure = errors.Failure(
        status=response.status,
        headers=_headers(response),
        body=await read_error_body(response),
        method=response.method,
        path=path,
        query=tuple(response.url.query.items()),
    )
    return errors.from_response(failure)
