"""What a viewer is told of a failure: one of a few codes, and a sentence that has no internals."""

from __future__ import annotations

from collections.abc import Sequence

from .. import exceptions as exc
from ..catalog import text
from ..events import ErrorEvent

__all__ = ["error_event"]

_CODES: Sequence[tuple[type[Exception], str]] = (
    (exc.AuthenticationError, "not_authenticated"),
    (exc.PermissionDeniedError, "forbidden"),
    (exc.NotFoundError, "not_found"),
    (exc.ValidationError, "invalid_request"),
    (exc.ConfigurationError, "invalid_request"),
    (exc.NotReplayableError, "invalid_request"),
    (exc.PayloadTooLargeError, "too_large"),
    (exc.RateLimitError, "rate_limited"),
    (exc.QueueFullError, "queue_full"),
    (exc.QueueTimeoutError, "queue_timeout"),
    (exc.AnswerError, "answer_failed"),
    (exc.ConflictError, "chat_conflict"),
    (exc.ChatConflictError, "chat_conflict"),
    (exc.DeliveryUnknownError, "delivery_unknown"),
    (exc.APITimeoutError, "timeout"),
    (exc.StreamError, "interrupted"),
    (exc.GatewayError, "unreachable"),
    (exc.ServerError, "server_error"),
    (exc.APIConnectionError, "unreachable"),
)
"""The first class that fits gives the code."""


def error_event(error: Exception) -> ErrorEvent:
    """The `error` event that stands for `error`; its data are ``code`` and ``message``."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), "internal")
    message = str(text(f"relay_{code}"))
    return ErrorEvent(message, data={"code": code, "message": message})
