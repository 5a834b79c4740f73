"""One call: token, send, verdict, wait, decode."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable
from typing import Any, TypeVar

import attrs

from ..exceptions import APIError, AuthenticationError, ServerError
from ..protocol import codec, requests
from ..protocol.requests import Request
from ..secrecy import Secret, Unshown
from ..transport.base import HTTPTransport, Response, Upload
from .auth import Authenticator
from .retrier import Retrier

T = TypeVar("T")


class LoginFailedError(Exception):
    """No token was to be had, after retries of the login's own: those of the call must not multiply them."""

    def __init__(self, error: APIError) -> None:
        super().__init__()
        self.error = error


class Caller:
    """Calls endpoints as one user; repeats what may be repeated and renews a token that the server rejects, once a call."""

    def __init__(self, http: HTTPTransport, auth: Authenticator | None, retrier: Retrier, timeout: float) -> None:
        self._http = http
        self._auth = auth
        self._retrier = retrier
        self._timeout = timeout

    async def call(self, request: Request[T], upload: Upload | None = None) -> T:
        """The decoded response; raises the `APIError` of the last attempt."""

        async def attempt(request: Request[T]) -> Response:
            return await self._attempt(request, upload)

        try:
            response = await self._retrier.run(_keyed(request), attempt)
        except LoginFailedError as failed:
            raise failed.error from None
        try:
            with Unshown():  # the body, and in a login's body are tokens
                return codec.decode(response.body, request.response)
        except APIError as error:
            error.method, error.path, error.status_code = request.method, request.path, response.status
            raise

    async def _attempt(self, request: Request[Any], upload: Upload | None) -> Response:
        if request.auth == "none" or self._auth is None:
            return await self._http.send(request, token=None, timeout=self._timeout, upload=upload)
        token = await _login(self._auth.token())
        try:
            return await self._http.send(request, token=token, timeout=self._timeout, upload=upload)
        except AuthenticationError:
            token = await _login(self._auth.renew(token))
        except ServerError as error:
            if error.status_code != 500 or not await self._is_token_to_blame(request, token):
                raise
            token = await _login(self._auth.renew(token))
        return await self._http.send(request, token=token, timeout=self._timeout, upload=upload)

    async def _is_token_to_blame(self, request: Request[Any], token: Secret) -> bool:
        """Whether a 500 may come from a token that the server cannot read, so that the request was not processed.

        A server that was redeployed answers 500 to every token of its former self. For a request that must not be processed
        twice, asking something harmless with the same token tells: only if that fails too, the request did not get past the
        login.
        """
        assert self._auth is not None
        if self._auth.is_trusted(token):
            return False
        if request.repeatable:
            return True
        try:
            await self._http.send(requests.get_me(), token=token, timeout=self._timeout)
        except ServerError as error:
            return error.status_code == 500
        except APIError:
            return False
        return False


async def _login(token: Awaitable[Secret]) -> Secret:
    try:
        return await token
    except APIError as error:
        raise LoginFailedError(error) from None


def _keyed(request: Request[T]) -> Request[T]:
    """`request` with the idempotency key that all of its attempts share; a POST that has none yet gets one."""
    if request.method != "POST" or "Idempotency-Key" in request.headers:
        return request
    return attrs.evolve(request, headers={**request.headers, "Idempotency-Key": str(uuid.uuid4())})
