"""What a failed response, a closed socket or an `error` event means, as one of this package's errors.

Server words are shown as one clean line. A 422 echoes its input, static tokens included, so of it only field paths and reasons
are kept; of an HTML page only the title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from typing import Any, cast

import attrs

from .. import exceptions as exc
from . import codec
from .recovery import TOO_LARGE

_LINE_LIMIT = 300
_SECRETS = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?i:bearer\s+)\S+|(?i:(?:static_|access_|refresh_)?token[\"']?\s*[=:]\s*[\"']?)[^\s\"',&}]+"
)

_BY_STATUS: Mapping[int, type[exc.APIError]] = {
    400: exc.ValidationError,
    401: exc.AuthenticationError,
    403: exc.PermissionDeniedError,
    404: exc.NotFoundError,
    409: exc.ConflictError,
    413: exc.PayloadTooLargeError,
    422: exc.ValidationError,
    429: exc.RateLimitError,
    502: exc.GatewayError,
    503: exc.GatewayError,
    504: exc.GatewayError,
}


@attrs.frozen(kw_only=True)
class Failure:
    """A response that is no success; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)
    method: str
    path: str


def from_response(failure: Failure) -> exc.APIError:
    """The error that a response with a status other than 2xx means."""
    content = _content(failure)
    context: dict[str, Any] = {
        "status_code": failure.status,
        "method": failure.method,
        "path": failure.path,
        "error_type": content.error_type,
        "retry_after": retry_after(failure.headers),
    }
    kind = _BY_STATUS.get(failure.status)
    if kind is exc.ValidationError:
        return exc.ValidationError(content.line, fields=content.fields, **context)
    if kind is not None:
        return kind(content.line, **context)
    if 300 <= failure.status < 400:
        return exc.APIError("The server redirects, which is not followed: correct the server URL", **context)
    return (exc.ServerError if failure.status >= 500 else exc.APIError)(content.line, **context)


def from_error_event(message: str, *, partial: str = "", path: str | None = None) -> exc.AnswerError:
    """The error that the server's `error` event means."""
    line = one_line(message) or "The server ended the answer with an error and no reason"
    kind = exc.AnswerError
    if line.startswith("Queue is full"):
        kind = exc.QueueFullError
    elif line.startswith("Request timed out in queue"):
        kind = exc.QueueTimeoutError
    return kind(line, partial=partial, path=path)


def from_close(code: int | None, reason: str = "") -> exc.APIError:
    """The error that a WebSocket closed with `code` before the final text means; RFC 6455 §7.4 and the server's 44xx."""
    said = f": {one_line(reason)}" if reason else ""
    details = {"close_code": code}
    match code:
        case 4401:
            return exc.AuthenticationError(f"The server does not accept the access token{said}", status_code=401, details=details)
        case 1008 | 4403:
            return exc.PermissionDeniedError(f"The server refuses the stream{said}", status_code=403, details=details)
        case 4404:
            return exc.NotFoundError(f"There is no such chat, or no question in it{said}", status_code=404, details=details)
        case 1009:
            text = "A frame is larger than max_frame_bytes allows"
            return exc.ProtocolError(text, details={**details, "reason": TOO_LARGE})
        case _:
            what = "without a closing handshake" if code in {None, 1006} else f"with code {code}{said}"
            return exc.StreamInterruptedError(f"The connection closed {what} before the final text", details=details)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that ``Retry-After`` asks for; a date is read against the response's own ``Date`` (RFC 9110 §10.2.3).

    None for what is missing, past, negative, infinite or unreadable.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value) or None
    try:
        seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (TypeError, ValueError):
        return None
    return seconds if seconds > 0 else None


def one_line(text: str) -> str:
    """`text` as one printable line of bounded length, without anything that looks like a credential."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    masked = _SECRETS.sub("…", flat)
    return masked if len(masked) <= _LINE_LIMIT else masked[: _LINE_LIMIT - 1] + "…"


@attrs.frozen
class _Content:
    line: str
    error_type: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


def _content(failure: Failure) -> _Content:
    kind = failure.headers.get("content-type", "")
    if "html" in kind or failure.body.lstrip()[:1] == b"<":
        return _Content(_page_title(failure.body) or _status_name(failure.status))
    try:
        body = codec.parse(failure.body)
    except exc.ProtocolError:
        text = failure.body[:1000].decode("utf-8", "replace")
        return _Content(one_line(text) or _status_name(failure.status))
    return _from_json(body, failure.status)


def _from_json(body: Any, status: int) -> _Content:
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    detail = fields.get("detail")
    if isinstance(detail, list):
        problems = tuple(_problem(item) for item in cast("list[Any]", detail))
        return _Content("; ".join(f"{where}: {why}" for where, why in problems) or _status_name(status), fields=problems)
    words = [text for text in (detail, fields.get("message"), fields.get("error")) if isinstance(text, str) and text]
    error_type = fields.get("error")
    line = one_line(words[0]) if words else _status_name(status)
    return _Content(line, one_line(error_type) if isinstance(error_type, str) else None)


def _problem(item: Any) -> tuple[str, str]:
    """A 422's path and reason; its ``input`` may be a token and is not even looked at."""
    entry = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    loc = entry.get("loc")
    steps = [str(step) for step in cast("list[Any]", loc) if isinstance(step, (str, int))] if isinstance(loc, list) else []
    where = ".".join(steps[1:] if steps[:1] in (["body"], ["query"], ["path"]) else steps)
    return one_line(where) or "request", one_line(str(entry.get("msg", "is not valid")))


def _page_title(page: bytes) -> str:
    text = page[:20_000].decode("utf-8", "replace")
    found = re.search(r"<(title|h1)[^>]*>(.*?)</\1>", text, re.DOTALL | re.IGNORECASE)
    return one_line(unescape(re.sub(r"<[^>]*>", " ", found[2]))) if found else ""


def _status_name(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "The server gave no reason"
