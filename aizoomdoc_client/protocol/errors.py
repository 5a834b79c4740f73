"""What a failed response, a closed socket or an `error` event means, as one of this package's errors.

Server words are shown as one clean line. A 422 echoes its input, static tokens included, so of it only field paths and reasons
are kept; of an HTML page only the title.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from typing import Any, cast

import attrs

from .. import exceptions as exc
from . import codec
from .recovery import TOO_LARGE
from .redaction import LINE_LIMIT, clipped, flattened, one_line

__all__ = ["Failure", "from_close", "from_error_event", "from_response", "one_line", "retry_after"]

_MOST_PROBLEMS = 50
_MOST_ECHOES = 1000
"""The most values of a 422's echoed input that are looked for in its reasons; beyond it the reasons are left out."""

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
    """A response that is no success; `headers` have lower-case names, `query` is the request's."""

    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)
    method: str
    path: str
    query: Sequence[tuple[str, str]] = attrs.field(default=(), repr=False)


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
    if failure.status in {414, 431}:
        return exc.APIError(f"The request is too long for the server: {_longest(failure.query)}", **context)
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
    return kind(line, partial=partial, method="GET" if path else None, path=path)


def from_close(code: int | None, reason: str = "") -> exc.APIError:
    """The error that a WebSocket closed with `code` before the final text means; RFC 6455 §7.4 and the server's 44xx."""
    said = f": {line}" if (line := one_line(reason)) else ""
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
    try:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
            seconds = float(value)
        else:
            seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ArithmeticError, LookupError, TypeError, ValueError):  # the standard library's ways to say that it is no date
        return None
    return seconds if 0 < seconds < math.inf else None


@attrs.frozen
class _Content:
    line: str
    error_type: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


def _content(failure: Failure) -> _Content:
    kind = failure.headers.get("content-type", "").lower()
    nothing = _Content(_status_name(failure.status))
    if "html" in kind or _is_page(failure.body.decode("utf-8", "replace")):
        return _Content(_page_title(failure.body.decode("utf-8", "replace")) or nothing.line)
    try:
        body = codec.parse(failure.body)
    except exc.ProtocolError:
        # A 422 that cannot be told apart into reasons and echoed input is not quoted at all.
        return nothing if failure.status == 422 else _Content(_words(failure.body.decode("utf-8", "replace")) or nothing.line)
    return _from_json(body, nothing)


def _from_json(body: Any, nothing: _Content) -> _Content:
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    detail = fields.get("detail")
    if isinstance(detail, list):
        problems = _problems(cast("list[Any]", detail))
        line = "; ".join(f"{where}: {why}" for where, why in problems)
        return attrs.evolve(nothing, line=clipped(line, LINE_LIMIT) or nothing.line, fields=problems)
    texts = [text for text in (detail, fields.get("message"), fields.get("error")) if isinstance(text, str)]
    error_type = fields.get("error")
    return _Content(
        next((words for text in texts if (words := _words(text))), nothing.line),
        one_line(error_type) if isinstance(error_type, str) else None,
    )


def _problems(items: list[Any]) -> tuple[tuple[str, str], ...]:
    """A 422's paths and reasons, without the values that it echoes: they may be tokens."""
    entries = [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)][:_MOST_PROBLEMS]
    echoed = sorted(_texts([entry.get("input") for entry in entries]), key=len, reverse=True)
    reasons = entries if len(echoed) <= _MOST_ECHOES else [entry | {"msg": ""} for entry in entries]
    return tuple((_where(entry.get("loc"), echoed), _why(entry.get("msg"), echoed)) for entry in reasons)


def _where(loc: Any, echoed: Sequence[str]) -> str:
    steps = [str(step) for step in cast("list[Any]", loc) if isinstance(step, (str, int))] if isinstance(loc, list) else []
    # A step is the name of a field or a number; where unknown fields are refused it can be whatever was sent.
    named = [step if re.fullmatch(r"[A-Za-z0-9_.\[\]-]{1,40}", step) and step not in echoed else "…" for step in steps]
    where = ".".join(named[1:] if named[:1] in (["body"], ["query"], ["path"], ["header"]) else named)
    return one_line(where) or "request"


def _why(msg: Any, echoed: Sequence[str]) -> str:
    reason = flattened(msg[: LINE_LIMIT * 4]) if isinstance(msg, str) else ""
    for value in echoed:
        reason = reason.replace(value, "…")
    return one_line(reason) or "is not valid"


def _texts(value: Any) -> set[str]:
    """The texts in a value that are long enough to be a secret, as they would stand in a reason."""
    found, waiting = set[str](), [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and len(flat := flattened(item)) >= 4:
            found.add(flat)
        elif isinstance(item, dict):
            waiting += cast("dict[Any, Any]", item).values()
        elif isinstance(item, list):
            waiting += cast("list[Any]", item)
    return found


def _words(text: str) -> str:
    return _page_title(text) if _is_page(text) else one_line(text)


def _is_page(text: str) -> bool:
    start = text[:1000].lstrip("\ufeff \t\r\n").lower()
    return start.startswith("<") or "<html" in start or "<!doctype" in start


def _page_title(page: str) -> str:
    # Bounded repeats: a page of unclosed tags would otherwise take quadratic time.
    found = re.search(r"<(title|h1)\b[^>]{0,200}>(.{0,1000}?)</\1\s*>", page[:20_000], re.DOTALL | re.IGNORECASE)
    return one_line(unescape(re.sub(r"<[^<>]*>", " ", found[2]))) if found else ""


def _longest(query: Sequence[tuple[str, str]]) -> str:
    """What to do about a query that is too long: ids and files travel in it."""
    lengths = dict[str, int]()
    for name, value in query:
        lengths[name] = lengths.get(name, 0) + len(name) + len(value)
    return f"pass less in {max(lengths, key=lambda name: lengths[name])}" if lengths else "its headers or its address are"


def _status_name(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "The server gave no reason"
