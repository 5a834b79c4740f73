"""A request that cannot be served, with the status and the detail that the wire has for it."""

from __future__ import annotations

from typing import Any


class Failure(Exception):  # noqa: N818 (it is an answer to the client, not an error of this program)
    """Ends a request with `status` and ``{"detail": detail}``; on a WebSocket with a close code of the same meaning."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail

    @property
    def line(self) -> str:
        """The detail as one readable line."""
        if isinstance(self.detail, str):
            return self.detail
        return "; ".join(f"{'.'.join(str(step) for step in item['loc'])}: {item['msg']}" for item in self.detail)


def invalid(location: tuple[str | int, ...], kind: str, message: str, value: Any = None) -> Failure:
    """The 422 of one wrong field; `value` is shown to the client again, so it must not be a secret."""
    return Failure(422, [{"type": kind, "loc": list(location), "msg": message, "input": value}])
