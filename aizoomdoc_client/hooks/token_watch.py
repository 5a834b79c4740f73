"""Tells that a new access token was asked for."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Literal, Self

from ..exceptions import AIZoomDocError
from .details import TokenRefreshed
from .scope import Scope, current


class TokenWatch:
    """One exchange or refresh, told of when it is left; `by` is what the server gets for the new token."""

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
