"""aiohttp's errors as ours, mapped at this one edge."""

from __future__ import annotations

from typing import Any

import aiohttp

from ..exceptions import APIConnectionError, APIError, APITimeoutError, ConfigurationError, PayloadTooLargeError
from ..protocol.errors import one_line
from .bodies import Body
from .error_mapper import ErrorMapper
from .uploads import Upload


def mapped_errors(method: str, path: str, body: Body | None = None) -> ErrorMapper:
    """Raises our errors for aiohttp's and the system's, with the request they belong to."""

    def mapped(error: Exception) -> Exception | None:
        if isinstance(error, APIError):
            _placed(error, method, path)
            return None
        if not isinstance(error, (aiohttp.ClientError, OSError, TimeoutError, ValueError)):
            return None
        if body is None:
            return _mapped(error, sent=False, method=method, path=path)
        if body.failure is not None:
            return _placed(body.failure, method, path)
        if body.large_rest is not None and isinstance(error, (aiohttp.ClientConnectionError, ConnectionError)):
            return _hung_up(body.large_rest, method=method, path=path)
        return _mapped(error, sent=body.sent, method=method, path=path)

    return ErrorMapper(mapped)


def _placed(error: Exception, method: str, path: str) -> Exception:
    """`error` with the request that it belongs to."""
    if isinstance(error, APIError):
        error.method, error.path = error.method or method, error.path or path
    return error


def _hung_up(upload: Upload, **request: Any) -> APIError:
    """The connection broke off within a large body: servers and proxies that take no more often do that instead of saying so."""
    of_all = f" of {upload.size:,}" if upload.size is not None else ""
    text = (
        f"The connection broke off after {upload.sent:,}{of_all} bytes of {upload.filename}: "
        "the server, or a proxy before it, may take no file of this size, or it failed just then"
    )
    return PayloadTooLargeError(text, details={"filename": upload.filename, "size": upload.size, "sent": upload.sent}, **request)


def _mapped(error: Exception, *, sent: bool, **request: Any) -> Exception:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return APITimeoutError("Connecting to the server took too long", deadline="connect", request_sent=False, **request)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return APIConnectionError(f"TLS with the server failed: {_reason(error)}", fatal=True, request_sent=False, **request)
        case aiohttp.ClientConnectorDNSError():
            text = f"The server's name {error.host!r} cannot be resolved"
            return APIConnectionError(text, request_sent=False, **request)
        case aiohttp.ClientConnectorError():
            text = f"No connection to {error.host}:{error.port}: {_reason(error)}"
            return APIConnectionError(text, request_sent=False, **request)
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
