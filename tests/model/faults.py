"""The errors that the client's transports raise for each kind of failure, a new instance each time."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from aizoomdoc_client.catalog import text
from aizoomdoc_client.exceptions import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    ConflictError,
    GatewayError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    ValidationError,
)
from aizoomdoc_client.protocol import errors

_REFUSED = APIConnectionError("The connection was refused", request_sent=False)
_LOST = APIConnectionError("The connection was reset", request_sent=True)
_FAILED = ServerError("An internal error occurred", status_code=500)
_GATEWAY = GatewayError("502 Bad Gateway", status_code=502)
_AWAY = GatewayError("503 Service Unavailable", status_code=503, retry_after=2.0)

_POSTS: Mapping[str, APIError] = {
    "refused": _REFUSED,
    "busy": RateLimitError("Too many requests", status_code=429, retry_after=1.0),
    "away": _AWAY,
    "rejected": ValidationError("content: too long", status_code=422),
    "conflict": ConflictError("The same key is being processed", status_code=409),
    "lost": _LOST,
    "stored": _LOST,
    "garbled": ProtocolError("The server sent what is not JSON", status_code=201),
    "slow": APITimeoutError("The request took too long", request_sent=True),
    "500": _FAILED,
    "500 stored": _FAILED,
    "502": _GATEWAY,
    "401": AuthenticationError("Token has expired", status_code=401),
}
_READS: Mapping[str, APIError] = {
    "500": _FAILED,
    "502": _GATEWAY,
    "refused": _REFUSED,
    "reset": _LOST,
    "403": PermissionDeniedError("Access denied", status_code=403),
}
_OPENINGS: Mapping[str, APIError] = {
    "refused": _REFUSED,
    "away": _AWAY,
    "reset": _LOST,
    "started": _LOST,
    "500": _FAILED,
    "404": NotFoundError("User message not found", status_code=404),
    "401": AuthenticationError("Token has expired", status_code=401),
    "html": ProtocolError(text("not_an_event_stream", content_type="text/html"), status_code=200),
}
_UNANSWERED = APITimeoutError("Opening the WebSocket took too long", deadline="connect", request_sent=True)
_GATEWAY_TIMEOUT = GatewayError("504 Gateway Timeout", status_code=504)
_HANDSHAKES: Mapping[str, APIError] = {
    "refused": PermissionDeniedError("Not authenticated", status_code=403),
    "busy": RateLimitError("Too many requests", status_code=429),
    "unreached": APITimeoutError("Connecting took too long", deadline="connect", request_sent=False),
    "swallowed": _UNANSWERED,
    "begun": _UNANSWERED,
    "504": _GATEWAY_TIMEOUT,
    "504 begun": _GATEWAY_TIMEOUT,
}
_BREAKS: Mapping[str, APIError] = {
    "eof": StreamInterruptedError("The stream ended before the final text"),
    "reset": StreamInterruptedError("The connection was reset"),
    "half": StreamInterruptedError("The stream ended before the final text"),
    "garbage": StreamInterruptedError("The stream ended before the final text"),
    **{str(code): errors.from_close(code) for code in (1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 4401, 4403)},
}


def of_post(outcome: str) -> APIError:
    """The error of a failed post."""
    return copy.copy(_POSTS[outcome])


def of_read(result: str) -> APIError:
    """The error of a failed history read."""
    return copy.copy(_READS[result])


def of_opening(failure: str) -> APIError:
    """The error of a failed opening."""
    return copy.copy(_OPENINGS[failure])


def of_handshake(handshake: str) -> APIError:
    """The error of a failed handshake."""
    return copy.copy(_HANDSHAKES[handshake])


def of_break(breaks: str) -> APIError:
    """The error that ends an open stream."""
    return copy.copy(_BREAKS[breaks])
