"""Requests that cannot be served, with the status and body that the wire has for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RequestError(Exception):
    """Ends a request with `status`, `headers` and the body ``{"detail": detail}``; a WebSocket with that status's close code."""

    def __init__(self, status: int, detail: Any, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers: Mapping[str, str] = headers or {}

    @property
    def message(self) -> str:
        """The detail on one line."""
        if isinstance(self.detail, str):
            return self.detail
        return "; ".join(f"{'.'.join(str(step) for step in item['loc'])}: {item['msg']}" for item in self.detail)


def invalid_field(location: tuple[str | int, ...], kind: str, message: str, value: Any = None) -> RequestError:
    """The 422 of one wrong field; `value` is sent back to the client, so it must not be a secret."""
    return RequestError(422, [{"type": kind, "loc": list(location), "msg": message, "input": value}])
