"""HTTP by aiohttp: one connection pool per event loop, no redirects, errors mapped."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import AsyncIterator, Generator
from typing import Any

import aiohttp
import yarl

from ..credentials import Secret
from ..exceptions import APIError, PayloadTooLargeError
from ..logs import with_request_id
from ..protocol import errors
from ..protocol.requests import Request
from .base import Response
from .bodies import Body, read_body, read_error_body
from .http_errors import mapped_errors
from .http_session import BUFFER, new_session
from .lifetimes import PerLoop
from .network import Network
from .own_session import OwnSession, takes_proxy_of_environment
from .proxies import Proxy, aiohttp_headers, aiohttp_options
from .uploads import Upload

_logger = logging.getLogger(__package__)

MAX_CONNECT_SECONDS = 20.0
"""The maximum time for connecting, in seconds."""
CONNECT_SHARE = 0.9
"""The maximum share of a request's timeout for connecting, if that is less."""


class AiohttpTransport:
    """Sends requests to the server at `base_url`; with `share` over a pool of connections, else over one connection each.

    `own` is a user's session, over whose connector the connections are made then.
    """

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        *,
        share: bool = True,
        network: Network | None = None,
        own: OwnSession | None = None,
    ) -> None:
        self._base_url = base_url
        self._network = network or Network()
        self.own: OwnSession | None = own
        self._proxy = None if own else self._network.proxy_for(base_url)
        make = functools.partial(new_session, self._network.user_agent(user_agent), self._network, own, share=share)
        self._sessions = PerLoop(make, aiohttp.ClientSession.close)

    async def send(
        self, request: Request[Any], *, token: Secret | None, timeout: float | None, upload: Upload | None = None
    ) -> Response:
        """See `base.HTTPTransport.send`."""
        self._session()  # before errors are mapped: those of a user's own function that makes sessions stay as they are
        body = Body(request, upload)
        # How long an upload takes depends on the network, so `timeout` bounds each period without data instead of the whole.
        limits, total = (_idle_limits(timeout), None) if upload else (_limits(timeout), timeout)
        began = time.monotonic()
        with self._closed_session_explained(), mapped_errors(request.method, request.path, body, connect=limits.connect):
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
        self._session()
        body = Body(request)
        with mapped_errors(request.method, request.path, body, connect=limits.connect):
            response = await self._request(request, token, body, limits, buffer)
            return await self._successful(response, request.path)

    async def download(
        self, url: str, *, token: Secret | None, timeout: float | None, redirects: bool = False
    ) -> AiohttpDownload:
        """See `base.HTTPTransport.download`."""
        session, address = self._session(), yarl.URL(url, encoded=True)
        with mapped_errors("GET", address.path, connect=timeout):
            limits, proxy, network = _idle_limits(timeout), self._proxy_for(url), self._network
            is_own = token is not None  # other hosts are shown neither the headers nor the certificate
            response = await session.get(
                address,
                headers={**(network.headers if is_own else {}), **_authorization(token), **aiohttp_headers(proxy, url)},
                timeout=limits,
                allow_redirects=False,
                ssl=(network.server_tls if is_own else network.other_tls) or True,
                **aiohttp_options(proxy, url),
            )
            download = AiohttpDownload(response)
            if not (redirects and download.location):
                await self._successful(response, address.path)
            return download

    async def close(self) -> None:
        """See `base.HTTPTransport.close`."""
        await self._sessions.finish()

    def _session(self) -> aiohttp.ClientSession:
        if self.own is not None:
            self.own.current()  # which says if it cannot be used any more
        return self._sessions.current()

    @contextlib.contextmanager
    def _closed_session_explained(self) -> Generator[None]:
        """Raises the error of a user's session that was closed within a body: to the client a server's refusal looks the same."""
        try:
            yield
        except PayloadTooLargeError:
            if self.own is not None:
                self.own.current()
            raise

    def _proxy_for(self, url: str) -> Proxy | None:
        """The proxy that each request has to name; None for a direct connection, or where a user's session names its own."""
        is_named_here = self.own is None or takes_proxy_of_environment(self.own.current())
        return self._network.proxy_for(url) if is_named_here else None

    async def _request(
        self, request: Request[Any], token: Secret | None, body: Body, limits: aiohttp.ClientTimeout, buffer: int = BUFFER
    ) -> aiohttp.ClientResponse:
        proxy = self._proxy if self.own is None else self._proxy_for(self._base_url)
        query = "?" + str(yarl.URL.build(query=request.query).raw_query_string) if request.query else ""
        return await self._sessions.current().request(
            request.method,
            yarl.URL(self._base_url + request.path + query, encoded=True),
            data=body.payload(),
            headers={
                **self._network.headers,
                **request.headers,
                **_authorization(token),
                **aiohttp_headers(proxy, self._base_url),
            },
            timeout=limits,
            allow_redirects=False,
            read_bufsize=buffer,
            ssl=self._network.server_tls or True,
            **aiohttp_options(proxy, self._base_url),
        )

    async def _successful(self, response: aiohttp.ClientResponse, path: str) -> aiohttp.ClientResponse:
        if 200 <= response.status < 300:
            return response
        try:
            raise await _error_of(response, path)
        finally:
            response.close()


_REDIRECTS = frozenset({301, 302, 303, 307, 308})  # statuses with a Location (RFC 9110 §15.4)


class AiohttpDownload:
    """A response body, received in chunks."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

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
