"""What an error says about a unit, the server and the job."""

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
    """What came of `step`, or of an upload where it is None, that raised `error`."""
    return Failure(
        _fault(error),
        error.text,
        type(error).__name__,
        is_uncertain=_may_have_had_its_effect(error, step),
        lost=_lost(error, step),
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
            return Fault.OWN  # of the chat, which somebody may have deleted: another attempt has another
        case _:
            return Fault.FINAL


def _may_have_had_its_effect(error: AIZoomDocError, step: Step | None) -> bool:
    if step is None or isinstance(step, Read):
        return False
    if isinstance(error, (DeliveryUnknownError, ConflictError, ProtocolError)):
        return True  # the server is at the same request, or its reply cannot be read
    if isinstance(error, APIConnectionError):
        return error.request_sent
    return isinstance(error, ServerError) and error.status_code != _DISK_FULL


def _lost(error: AIZoomDocError, step: Step | None) -> bool:
    """Whether the attempt's chat is of no more use.

    The server stores nothing of an answer that it gave up; asked again in the same chat, it would see its question twice.
    """
    if isinstance(error, (QueueFullError, QueueTimeoutError)):
        return False
    if isinstance(error, NotFoundError):
        return isinstance(step, (Post, Read))
    return isinstance(error, (AnswerError, ChatConflictError)) or error.code == "rerun_forbidden"
