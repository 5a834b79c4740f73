"""Classifies errors: whose fault they are, and what of a step may have had its effect."""

from __future__ import annotations

from ..exceptions import (
    AIZoomDocError,
    AnswerError,
    APIConnectionError,
    APIError,
    AuthenticationError,
    ChatConflictError,
    ConfigurationError,
    ConflictError,
    DeliveryUnknownError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    QueueFullError,
    QueueTimeoutError,
    RateLimitError,
    ServerError,
    StreamError,
)
from .steps import Failure, Fault, Post, Read, Step

__all__ = ["failure"]

_DISK_FULL = 507  # Insufficient Storage (RFC 4918 §11.5)


def failure(error: AIZoomDocError, step: Step | None) -> Failure:
    """The observation of a step that raised `error`; `step` is None for an upload."""
    return Failure(
        _fault(error),
        error.text,
        type(error).__name__,
        is_uncertain=_is_uncertain(error, step),
        lost=_is_chat_lost(error, step),
        is_busy=isinstance(error, (QueueFullError, QueueTimeoutError, RateLimitError)),
        retry_after=error.retry_after if isinstance(error, APIError) else None,
        without_file=isinstance(error, NotFoundError) and isinstance(step, Post),
    )


def _fault(error: AIZoomDocError) -> Fault:
    match error:
        case AuthenticationError():
            return Fault.JOB
        case ConfigurationError():
            return Fault.FINAL
        case QueueFullError() | QueueTimeoutError() | RateLimitError():
            return Fault.SERVER
        case StreamError():
            return Fault.OWN
        case ServerError() if error.status_code == _DISK_FULL:
            return Fault.JOB
        case APIConnectionError() | ServerError() | DeliveryUnknownError() | ConflictError():
            return Fault.SERVER
        case NotFoundError() | PermissionDeniedError():
            return Fault.OWN  # the chat may have been deleted; the next attempt has another one
        case _:
            return Fault.FINAL


def _is_uncertain(error: AIZoomDocError, step: Step | None) -> bool:
    if step is None or isinstance(step, Read):
        return False
    if isinstance(error, (DeliveryUnknownError, ConflictError, ProtocolError)):
        return True  # the server is processing the same request, or its reply is unreadable
    if isinstance(error, APIConnectionError):
        return error.request_sent
    return isinstance(error, ServerError) and error.status_code != _DISK_FULL


def _is_chat_lost(error: AIZoomDocError, step: Step | None) -> bool:
    """Whether the attempt's chat cannot be used any more.

    The server stores nothing of an answer that failed, so asking again in the same chat would repeat the question in it.
    """
    if isinstance(error, (QueueFullError, QueueTimeoutError)):
        return False
    if isinstance(error, NotFoundError):
        return isinstance(step, (Post, Read))
    return isinstance(error, (AnswerError, ChatConflictError)) or error.code == "rerun_forbidden"
