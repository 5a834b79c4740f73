"""Maps the errors of aiohttp to those of this package."""

from __future__ import annotations

import errno
from typing import Any

import aiohttp
from aiohttp.http_exceptions import LineTooLong

from ..catalog import LocalizedText, errno_reason, system_reason, text
from ..exceptions import APIConnectionError, APIError, APITimeoutError, ConfigurationError, PayloadTooLargeError
from ..protocol.errors import one_line
from .bodies import Body
from .error_mapper import ErrorMapper
from .uploads import Upload

MAX_HEADER_LINE = 64 * 1024
"""The maximum size of a response's status line and of each of its header lines, in bytes: some proxies set policies and cookies
that are much larger than aiohttp's own limit, 8,190."""


class BrokenOffError(aiohttp.ClientConnectionError):
    """The connection was closed or lost; `reason` is taken from the `error` of aiohttp that this one replaces."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.reason: LocalizedText | str = _reason(error)


def mapped_errors(method: str, path: str, body: Body | None = None, *, connect: float | None = None) -> ErrorMapper:
    """A context manager that replaces errors of aiohttp and the system by those of this package, with their request.

    `connect` is the request's limit on connecting, in seconds.
    """

    def mapped(error: Exception) -> Exception | None:
        if not isinstance(error, (aiohttp.ClientError, OSError, TimeoutError, ValueError)):
            return None
        if body is None:
            return _map(error, connect, sent=False, method=method, path=path)
        if body.failure is not None:
            return body.failure
        if body.large_unfinished_upload is not None and isinstance(error, (aiohttp.ClientConnectionError, ConnectionError)):
            return _closed_within_body(body.large_unfinished_upload, method=method, path=path)
        return _map(error, connect, sent=body.sent, method=method, path=path)

    return ErrorMapper(mapped)


def _closed_within_body(upload: Upload, **request: Any) -> APIError:
    """The error of a connection that was closed within a large body, as servers and proxies do with bodies over their limit."""
    cut_off = text("upload_cut_off", sent=upload.sent, filename=upload.filename)
    details = {"filename": upload.filename, "size": upload.size, "sent": upload.sent}
    return PayloadTooLargeError(cut_off, details=details, **request)


def _map(error: Exception, connect: float | None, *, sent: bool, **request: Any) -> Exception:
    match error:
        case aiohttp.ConnectionTimeoutError():
            late = text("connect_timeout", seconds=connect or 0)
            return APITimeoutError(late, deadline="connect", request_sent=False, **request)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return APIConnectionError(text("tls_failed", reason=_reason(error)), fatal=True, request_sent=False, **request)
        case aiohttp.ClientHttpProxyError():
            refused = text("proxy_refused", reason=f"HTTP {error.status}")
            return APIConnectionError(refused, fatal=400 <= error.status < 500, request_sent=False, **request)
        case aiohttp.ClientConnectorDNSError():
            return APIConnectionError(text("name_not_resolved", host=error.host), request_sent=False, **request)
        case aiohttp.ClientConnectorError():
            return APIConnectionError(_not_connected(error), request_sent=False, **request)
        case TimeoutError():
            return APITimeoutError(text("request_timeout"), deadline="request", request_sent=sent, **request)
        case aiohttp.InvalidURL():
            return ConfigurationError(text("server_url_unusable"))
        case aiohttp.ClientResponseError() if _is_head_too_large(error):  # as large again next time, so nothing is repeated
            too_long = text("response_head_too_large", limit=MAX_HEADER_LINE)
            return APIConnectionError(too_long, fatal=True, request_sent=sent, **request)
        case aiohttp.ClientError() | OSError():
            return APIConnectionError(text("connection_broke_off", reason=_reason(error)), request_sent=sent, **request)
        case _:
            return APIConnectionError(text("request_not_sent", reason=_reason(error)), request_sent=sent, **request)


def _is_head_too_large(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, LineTooLong) or (cause is not None and _is_head_too_large(cause))


def _not_connected(error: aiohttp.ClientConnectorError) -> LocalizedText:
    # The system's text names each address that was tried, so only the error number is used for the reason.
    if error.os_error.errno == errno.ECONNREFUSED:
        return text("connection_refused", host=error.host, port=error.port)
    reason = errno_reason(error.os_error.errno) or _reason(error)
    return text("connection_failed", host=error.host, port=error.port, reason=reason)


def _reason(error: Exception) -> LocalizedText | str:
    if isinstance(error, BrokenOffError):
        return error.reason
    if isinstance(error, aiohttp.ClientPayloadError):
        return text("body_incomplete")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return text("server_disconnected")  # its own text may be the received part of the response, with its headers
    if isinstance(error, aiohttp.ClientResponseError):
        return one_line(error.message) or type(error).__name__  # its text has the URL with its query
    system = getattr(error, "os_error", error)
    known = system_reason(system) if isinstance(system, OSError) else str(error)
    return known if isinstance(known, LocalizedText) else one_line(known) or type(error).__name__
