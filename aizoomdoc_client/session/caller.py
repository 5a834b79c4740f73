"""One call of an endpoint: get a token, send, retry where allowed, decode."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import attrs

from ..credentials import HiddenFrames, Secret
from ..exceptions import APIError, AuthenticationError, NotFoundError, ServerError
from ..hooks import scope
from ..hooks.notifier import Notifier
from ..hooks.request_watch import RequestWatch
from ..protocol import codec, requests
from ..protocol.requests import Request
from ..protocol.retry import request_outcome
from ..transport.base import HTTPTransport, Response, Upload
from .auth import Authenticator
from .retrier import Retrier

T = TypeVar("T")
Attempt = Callable[[Request[Any]], Awaitable[Response]]

UPLOAD_SECONDS = 300.0
"""Seconds that a token should remain valid when an upload begins: servers refuse an expired one only after the whole body."""


class LoginFailedError(Exception):
    """No token could be obtained; the login has its own retries, so the call must not be retried on top of them."""

    def __init__(self, error: APIError) -> None:
        super().__init__(error)
        self.error = error


class Caller:
    """Calls endpoints as one user; retries what may be retried, and renews a rejected token once per call.

    Hooks hear of calls by `notifier`. A caller without `auth`, which logs in for the calls of others, uses the notifier of the
    call that needs the login (`hooks.scope`).
    """

    def __init__(
        self,
        http: HTTPTransport,
        auth: Authenticator | None,
        retrier: Retrier,
        timeout: float | None,
        notifier: Notifier | None = None,
    ) -> None:
        self._http = http
        self._auth = auth
        self._retrier = retrier
        self._timeout = timeout
        self._notifier = notifier

    async def log_in(self) -> None:
        """Makes sure that there is a token; raises the login's `APIError`."""
        if self._auth is not None:
            await self._auth.token()

    async def call(self, request: Request[T], upload: Upload | None = None) -> T:
        """The decoded response; raises the `APIError` of the last attempt."""
        notifier = self._notifier
        if self._auth is None and (listener := scope.current()) is not None:
            notifier = listener.notifier
        if notifier is None:
            return await self._call(request, upload)
        with RequestWatch(notifier, request.method, request.path) as watch:
            traced = attrs.evolve(request, headers={**watch.headers(), **request.headers})
            try:
                return await self._call(traced, upload, watch)
            finally:
                watch.bytes_sent = _body_size(request) if upload is None else upload.sent

    async def _call(self, request: Request[T], upload: Upload | None, watch: RequestWatch | None = None) -> T:
        attempt = functools.partial(self._attempt, upload=upload)
        response: Response | LoginFailedError
        try:
            response = await self._retrier.run(
                _with_idempotency_key(request), attempt if request.gone is None else _not_found_is_deleted(attempt)
            )
        except LoginFailedError as failed:
            response = failed
        if isinstance(response, LoginFailedError):
            raise response.error  # outside of the handler: with the `LoginFailedError` as its context it would be in a cycle
        if watch is not None:
            watch.succeeded(response.status)
            watch.bytes_received = len(response.body)
        with HiddenFrames():  # the body of a login holds tokens
            return codec.decode(response.body, request.response, request, response.status)

    async def _attempt(self, request: Request[Any], upload: Upload | None) -> Response:
        if request.auth == "none" or self._auth is None:
            return await self._http.send(request, token=None, timeout=self._timeout, upload=upload)
        token = await _await_login(self._auth.token(lasting=UPLOAD_SECONDS if upload else 0.0))
        try:
            return await self._http.send(request, token=token, timeout=self._timeout, upload=upload)
        except AuthenticationError:
            token = await _await_login(self._auth.renew(token))
        except ServerError as error:
            renewed = await self._renew_if_unreadable(request, token, error) if error.status_code == 500 else None
            if renewed is None:
                raise
            token = renewed
        try:
            return await self._http.send(request, token=token, timeout=self._timeout, upload=upload)
        except AuthenticationError:
            if self._auth.is_own(token):
                raise
            token = await _await_login(self._auth.renew(token))
        return await self._http.send(request, token=token, timeout=self._timeout, upload=upload)

    async def _renew_if_unreadable(self, request: Request[Any], token: Secret, error: ServerError) -> Secret | None:
        """A new token if the 500 was caused by one that the server cannot read, so that the request was not processed; else None.

        A redeployed server answers 500 to every token that it issued before. For a request that must not be processed twice, GET
        requests prove the cause: the old token must fail, the new one succeed, and the old one fail again. A single failure
        proves nothing: the server may fail now and then.
        """
        assert self._auth is not None
        if not self._auth.may_be_unreadable(token, error_type=error.error_type):
            return None
        if not request.repeatable and await self._probe_status(token) != 500:
            return None
        try:
            renewed = await self._auth.renew(token, unreadable=True)
        except APIError as failed:
            if request.repeatable and not self._auth.is_young(token):
                raise LoginFailedError(failed) from None
            return None  # the error to raise is the request's own: a login just worked, or the request may have been processed
        if request.repeatable:
            return renewed
        is_proven = await self._probe_status(renewed) == 200 and await self._probe_status(token) == 500
        return renewed if is_proven else None

    async def _probe_status(self, token: Secret) -> int | None:
        """The status that a request without side effects gets with the token; None without a response."""
        try:
            return (await self._http.send(requests.get_me(), token=token, timeout=self._timeout)).status
        except APIError as error:
            return error.status_code


def _not_found_is_deleted(attempt: Attempt) -> Attempt:
    """`attempt` at a deletion; a 404 counts as success when an earlier attempt may have deleted the object."""
    is_doubtful = False

    async def attempt_or_gone(request: Request[Any]) -> Response:
        nonlocal is_doubtful
        try:
            return await attempt(request)
        except NotFoundError:
            if not is_doubtful:
                raise
            return Response(200, codec.encode(request.gone))
        except APIError as error:
            is_doubtful = is_doubtful or request_outcome(error) == "unknown"
            raise

    return attempt_or_gone


async def _await_login(token: Awaitable[Secret]) -> Secret:
    """The token; an error of obtaining it is raised as a `LoginFailedError`, which `Retrier` does not retry."""
    try:
        return await token
    except APIError as error:
        raise LoginFailedError(error) from None


def _body_size(request: Request[Any]) -> int:
    """The bytes of the body of a request that is no upload."""
    return 0 if request.body is None else len(codec.encode(request.body))


def _with_idempotency_key(request: Request[T]) -> Request[T]:
    """`request` with an idempotency key that all of its attempts share, if it is a POST without one."""
    if request.method != "POST" or "Idempotency-Key" in request.headers:
        return request
    return attrs.evolve(request, headers={**request.headers, "Idempotency-Key": str(uuid.uuid4())})
