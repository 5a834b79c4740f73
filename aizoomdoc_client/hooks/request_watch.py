"""Tells beginning and end of a request, what happens in between, and the logins that requests need."""

from __future__ import annotations

import time
from contextvars import Token
from types import TracebackType
from typing import Literal, Self

from ..exceptions import AIZoomDocError, APIError
from .details import Outcome, RequestEnded, RequestRetried, RequestStarted, TokenRefreshed
from .notifier import Notifier
from .scope import Scope, current, enter, leave


class RequestWatch:
    """One request, a context manager; left without an error but without `succeeded` too, it counts as cancelled."""

    def __init__(self, notifier: Notifier, method: str, path: str, *, server_url: str | None = None) -> None:
        scope = current()
        self.started: RequestStarted = RequestStarted(
            server_url=notifier.server_url if server_url is None else server_url,
            method=method,
            path=path,
            answer=None if scope is None else scope.answer,
            parent=None if scope is None or scope.request is None else scope.request.started,
        )
        self.bytes_sent: int = 0
        self.bytes_received: int = 0
        self._notifier = notifier
        self._attempts = 1
        self._began = time.monotonic()
        self._status: int | None = None
        self._succeeded = False
        self._token: Token[Scope | None] | None = None

    def __enter__(self) -> Self:
        self._token = enter(Scope(self._notifier, self.started.answer, self))
        self._notifier.tell("request_started", self.started)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._token is not None:
            leave(self._token)
        failure = error if isinstance(error, AIZoomDocError) else None
        failed: Outcome = "failed" if isinstance(error, Exception) else "cancelled"
        api_error = error if isinstance(error, APIError) else None
        ended = RequestEnded(
            request=self.started,
            outcome="completed" if error is None and self._succeeded else failed,
            status_code=self._status if api_error is None or api_error.status_code is None else api_error.status_code,
            error=failure,
            attempts=self._attempts,
            seconds=time.monotonic() - self._began,
            bytes_sent=self.bytes_sent,
            bytes_received=self.bytes_received,
            request_id=None if api_error is None else api_error.request_id,
        )
        self._notifier.tell("request_ended", ended)

    def headers(self) -> dict[str, str]:
        """The headers that the hooks want the request to have."""
        return self._notifier.headers(self.started)

    def succeeded(self, status: int | None = None) -> None:
        """Notes that there is a response, or an open stream; `status` where the caller knows it."""
        self._succeeded, self._status = True, status

    def retried(self, error: AIZoomDocError, attempt: int, wait: float) -> None:
        """Tells that the attempt number `attempt` failed, and that another one begins in `wait` seconds."""
        self._attempts = attempt + 1
        started = self.started
        retry = RequestRetried(request=started, method=started.method, path=started.path, attempt=attempt, error=error, wait=wait)
        self._notifier.tell("request_retried", retry)


class TokenWatch:
    """One exchange or refresh of a token, a context manager that tells of it at its end; `by` is what the server is sent."""

    def __init__(self, by: Literal["refresh_token", "static_token"]) -> None:
        self._by: Literal["refresh_token", "static_token"] = by
        self._scope: Scope | None = current()
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._scope is None:
            return
        notifier, request = self._scope.notifier, self._scope.request
        refreshed = TokenRefreshed(
            server_url=notifier.server_url,
            by=self._by,
            outcome="completed" if error is None else "failed" if isinstance(error, Exception) else "cancelled",
            error=error if isinstance(error, AIZoomDocError) else None,
            seconds=time.monotonic() - self._began,
            answer=self._scope.answer,
            request=None if request is None else request.started,
        )
        notifier.tell("token_refreshed", refreshed)
