"""aiohttp's errors as ours, mapped at this one edge."""

from __future__ import annotations

from typing import Any

import aiohttp

from ..exceptions import APIConnectionError, APIError, APITimeoutError, ConfigurationError
from ..protocol.errors import one_line
from .bodies import Body
from .edge import Edge


def mapped_errors(method: str, path: str, body: Body | None = None) -> Edge:
    """Raises our errors for aiohttp's and the system's, with the request they belong to."""

    def mapped(error: Exception) -> Exception | None:
        if isinstance(error, APIError):
            error.method, error.path = error.method or method, error.path or path
        elif isinstance(error, (aiohttp.ClientError, OSError, TimeoutError, ValueError)):
            if body is not None and body.failure is not None:
                return body.failure
            return _mapped(error, sent=body is not None and body.sent, method=method, path=path)
        return None

    return Edge(mapped)


def _mapped(error: Exception, *, sent: bool, **request: Any) -> Exception:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return APITimeoutError("Connecting to the server took too long", deadline="connect", **request)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return APIConnectionError(f"TLS with the server failed: {_reason(error)}", fatal=True, **request)
        case aiohttp.ClientConnectorDNSError():
            return APIConnectionError(f"The server's name {error.host!r} cannot be resolved", **request)
        case aiohttp.ClientConnectorError():
            return APIConnectionError(f"No connection to {error.host}:{error.port}: {_reason(error)}", **request)
        case TimeoutError():
            return APITimeoutError("The server took too long to answer", deadline="request", request_sent=sent, **request)
        case aiohttp.InvalidURL():
            return ConfigurationError("The server URL cannot be used")
        case aiohttp.ClientError() | OSError():
            return APIConnectionError(f"The connection broke off: {_reason(error)}", request_sent=sent, **request)
        case _:
            return APIConnectionError(f"The request could not be sent: {_reason(error)}", request_sent=sent, **request)


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientPayloadError):
        return "The response's body is incomplete"
    if isinstance(error, aiohttp.ClientResponseError):
        return one_line(error.message) or type(error).__name__  # its text has the URL with its query
    known = getattr(error, "strerror", None) or getattr(getattr(error, "os_error", None), "strerror", None)
    return one_line(str(known or error)) or type(error).__name__
