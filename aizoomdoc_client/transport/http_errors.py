"""aiohttp's errors as ours, mapped at this one edge."""

from __future__ import annotations

import errno
from typing import Any

import aiohttp

from ..catalog import LocalizedText, errno_reason, system_reason, text
from ..exceptions import APIConnectionError, APIError, APITimeoutError, ConfigurationError, PayloadTooLargeError
from ..protocol.errors import one_line
from .bodies import Body
from .error_mapper import ErrorMapper
from .uploads import Upload


class BrokenOffError(aiohttp.ClientConnectionError):
    """The connection broke off; `reason` is what the `error` that said so gives as the reason."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.reason: LocalizedText | str = _reason(error)


def mapped_errors(method: str, path: str, body: Body | None = None) -> ErrorMapper:
    """Raises our errors for aiohttp's and the system's, with the request they belong to."""

    def mapped(error: Exception) -> Exception | None:
        if not isinstance(error, (aiohttp.ClientError, OSError, TimeoutError, ValueError)):
            return None
        if body is None:
            return _mapped(error, sent=False, method=method, path=path)
        if body.failure is not None:
            return body.failure
        if body.large_rest is not None and isinstance(error, (aiohttp.ClientConnectionError, ConnectionError)):
            return _hung_up(body.large_rest, method=method, path=path)
        return _mapped(error, sent=body.sent, method=method, path=path)

    return ErrorMapper(mapped)


def _hung_up(upload: Upload, **request: Any) -> APIError:
    """The connection broke off within a large body: servers and proxies that take no more often do that instead of saying so."""
    cut_off = text("upload_cut_off", sent=upload.sent, filename=upload.filename)
    details = {"filename": upload.filename, "size": upload.size, "sent": upload.sent}
    return PayloadTooLargeError(cut_off, details=details, **request)


def _mapped(error: Exception, *, sent: bool, **request: Any) -> Exception:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return APITimeoutError(text("connect_timeout"), deadline="connect", request_sent=False, **request)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return APIConnectionError(text("tls_failed", reason=_reason(error)), fatal=True, request_sent=False, **request)
        case aiohttp.ClientConnectorDNSError():
            return APIConnectionError(text("name_not_resolved", host=error.host), request_sent=False, **request)
        case aiohttp.ClientConnectorError():
            return APIConnectionError(_not_connected(error), request_sent=False, **request)
        case TimeoutError():
            return APITimeoutError(text("request_timeout"), deadline="request", request_sent=sent, **request)
        case aiohttp.InvalidURL():
            return ConfigurationError(text("server_url_unusable"))
        case aiohttp.ClientError() | OSError():
            return APIConnectionError(text("connection_broke_off", reason=_reason(error)), request_sent=sent, **request)
        case _:
            return APIConnectionError(text("request_not_sent", reason=_reason(error)), request_sent=sent, **request)


def _not_connected(error: aiohttp.ClientConnectorError) -> LocalizedText:
    # Here the system's words name each address that was tried, so the number alone says why.
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
        return text("server_disconnected")  # its own text may be all that came of the response, headers included
    if isinstance(error, aiohttp.ClientResponseError):
        return one_line(error.message) or type(error).__name__  # its text has the URL with its query
    system = getattr(error, "os_error", error)
    known = system_reason(system) if isinstance(system, OSError) else str(error)
    return known if isinstance(known, LocalizedText) else one_line(known) or type(error).__name__
