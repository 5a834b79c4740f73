"""Requests to an OpenAI-compatible endpoint, repeated while it is overloaded."""

from __future__ import annotations

import asyncio
import os
from asyncio import sleep
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import msgspec

from ...addresses import is_loopback
from ...catalog import LocalizedText, errno_reason, text
from ...credentials import HiddenFrames, Secret
from ...protocol.errors import retry_after
from ..llm_settings import LLMSettings
from .answerer import AnswererError
from .endpoint_errors import BUSY, is_about_model, refusal

_PAUSES = (1.0, 2.0)  # seconds before the second and the third attempt, where the endpoint sends no Retry-After
_LONGEST_WAIT = 20.0  # seconds; an endpoint that asks for more is reported as busy at once
_LARGEST_ERROR = 64 * 1024  # bytes of the body of an error
_ERROR_SECONDS = 10.0  # for reading that body


class ModelEndpoint:
    """The endpoint of the settings, as an async context manager that holds its connections.

    Entering raises `ConfigurationError` where the variable that the settings name has no key.
    """

    def __init__(self, settings: LLMSettings) -> None:
        self.settings: LLMSettings = settings
        self._base_urls = settings.base_urls
        self._key: Secret | None = None  # a `Secret` is masked wherever it is quoted, so it must live as long as the endpoint
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._key = self.settings.key()
        with HiddenFrames():
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._key.reveal()}"} if self._key else None,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.settings.connect_timeout),
                # A connection that was idle may be one that the server is closing, and a POST is not sent twice.
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=not is_loopback(self.settings.host.rpartition(":")[0] or self.settings.host),
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def post(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The response to a POST, of status 200; leaving the block closes its connection.

        While the endpoint is too busy, a request is sent up to three times. Raises `AnswererError` for an endpoint that cannot
        be reached, and `EndpointRefusedError` for any other status.
        """
        response = await self._post_until_accepted(path, body)
        try:
            yield response
        finally:
            response.close()

    async def _post_until_accepted(self, path: str, body: Mapping[str, Any]) -> aiohttp.ClientResponse:
        pauses = iter(_PAUSES)
        while True:
            response, body_of_error = await self._send_to_known_base(path, body)
            if response.status == 200:
                return response
            seconds = _retry_wait(response, next(pauses, None))
            if response.status not in BUSY or seconds is None:
                raise refusal(self.settings, str(body["model"]), response.status, body_of_error)
            await sleep(seconds)

    async def _send_to_known_base(self, path: str, body: Mapping[str, Any]) -> tuple[aiohttp.ClientResponse, bytes]:
        """The response, and the body of an error; the first base URL that has the path is used from then on."""
        *others, last = self._base_urls
        for base in others:
            response, body_of_error = await self._send(base + path, body)
            if response.status != 404 or is_about_model(body_of_error):
                self._base_urls = (base,)
                return response, body_of_error
        response, body_of_error = await self._send(last + path, body)
        if response.status != 404:
            self._base_urls = (last,)
        return response, body_of_error

    async def _send(self, url: str, body: Mapping[str, Any]) -> tuple[aiohttp.ClientResponse, bytes]:
        assert self._session is not None
        data, headers = msgspec.json.encode(body), {"Content-Type": "application/json"}
        try:
            response = await self._session.post(url, data=data, headers=headers, allow_redirects=False)
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from None  # the cause has the request's headers, the key among them
        return response, b"" if response.status == 200 else await _read_error(response)

    def _unreachable(self, error: Exception) -> AnswererError:
        if isinstance(error, TimeoutError):
            reason: LocalizedText | str = text("llm_no_connection_in_time", seconds=self.settings.connect_timeout)
        elif isinstance(error, aiohttp.ClientConnectorDNSError):
            reason = text("llm_host_unknown")
        elif isinstance(error, aiohttp.ClientSSLError):  # its errno is not the system's
            reason = text("llm_certificate_refused")
        elif isinstance(error, OSError) and error.errno:
            reason = errno_reason(error.errno) or os.strerror(error.errno)
        else:
            return AnswererError(text("llm_answer_broken_off"))
        return AnswererError(text("llm_unreachable", host=self.settings.host, reason=reason))


def _retry_wait(response: aiohttp.ClientResponse, pause: float | None) -> float | None:
    """The seconds to wait before the next attempt; None where there must be none."""
    if pause is None:
        return None
    asked = retry_after({name.lower(): value for name, value in response.headers.items()})
    return pause if asked is None else asked if asked <= _LONGEST_WAIT else None


async def _read_error(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body of an error, or what was received of it in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(_ERROR_SECONDS):
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _LARGEST_ERROR:
                    break
    except (aiohttp.ClientError, OSError):  # TimeoutError is one of them
        pass
    finally:
        response.close()
    return bytes(body[:_LARGEST_ERROR])
