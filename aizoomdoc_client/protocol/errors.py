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
from typing import Any, cast
from urllib.parse import quote, urlsplit

import attrs

from .. import exceptions as exc
from ..catalog import LocalizedText, text
from ..credentials import without_secrets
from . import codec
from .redaction import LINE_LIMIT, flattened, one_line
from .retry import RETRY_AFTER
from .server_texts import field_problem, server_text, status_text

__all__ = ["Failure", "from_close", "from_error_event", "from_response", "one_line", "request_id", "retry_after"]

_WHOLE_REQUEST = "request"
"""Stands for the field where a problem is with the request as a whole."""
_NO_REASON = "is not valid"
"""The reason where a server gives none."""
REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "x-trace-id", "x-amzn-requestid", "cf-ray")
"""The headers, in lower case, in which servers and proxies name a request, the server's own first."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/=+-]{1,128}")
"""The usual forms of a request's name, as ``req_01H8XYZ`` or ``Root=1-67891233-abcdef``."""
_HEX = re.compile(r"[0-9a-f]{32}")
"""A request's name as nginx makes it, which would be masked as a token for its length."""
_FIELD_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")
"""A step of a field's path that may be shown, as ``google_files`` or ``0``."""
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
"""The seconds of a ``Retry-After``, as ``120`` or ``1.5``."""
# Bounded repeats: a page of unclosed tags would otherwise take quadratic time.
_PAGE_TITLE = re.compile(r"<(title|h1)\b[^>]{0,200}>(.{0,1000}?)</\1\s*>", re.DOTALL | re.IGNORECASE)
"""The title of an HTML page, as ``<title>502 Bad Gateway</title>``."""
_TAG = re.compile(r"<[^<>]*>")
_MOST_PROBLEMS = 50
"""The most entries of a 422 that an error lists."""
SURELY_READ = 7_500
"""The most bytes of a query that every common server and proxy reads: the smallest limit of a request line is 8 KB."""
_MOST_ECHOES = 1000
"""The most values of a 422's echoed input that are searched for in its reasons; beyond it the reasons are left out."""
_SHORTEST_ECHO = 4
"""The fewest characters of an echoed value that may be a secret."""

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
    content = _content_of(failure)
    context: dict[str, Any] = {
        "status_code": failure.status,
        "method": failure.method,
        "path": failure.path,
        "error_type": content.error_type,
        "retry_after": retry_after(failure.headers),
        "request_id": request_id(failure.headers),
    }
    if context["retry_after"] is None and (unreadable := failure.headers.get("retry-after")) is not None:
        context["details"] = {RETRY_AFTER: one_line(unreadable)}
    if _is_too_long(failure):
        return (exc.ValidationError if failure.status == 400 else exc.APIError)(_too_long(failure.query), **context)
    kind = _BY_STATUS.get(failure.status)
    if kind is exc.ValidationError:
        return exc.ValidationError(content.text, fields=content.fields, **context)
    if kind is not None:
        return kind(content.text, **context)
    if 300 <= failure.status < 400:
        target = _redirect_target(failure.headers.get("location", ""))
        refused = text("redirect_refused_to", target=target) if target else text("redirect_refused")
        return exc.APIError(refused, **context)
    return (exc.ServerError if failure.status >= 500 else exc.APIError)(content.text, **context)


def from_error_event(
    message: str, *, partial: str = "", path: str | None = None, request_id: str | None = None
) -> exc.AnswerError:
    """The error that the server's `error` event means."""
    line = one_line(message)
    kind = exc.AnswerError
    if line.startswith("Queue is full"):
        kind = exc.QueueFullError
    elif line.startswith("Request timed out in queue"):
        kind = exc.QueueTimeoutError
    said = server_text(line) if line else text("error_event_without_reason")
    return kind(said, partial=partial, method="GET" if path else None, path=path, request_id=request_id)


def from_close(code: int | None, reason: str = "", *, path: str | None = None) -> exc.APIError:
    """The error that a WebSocket closed with `code` before the final text means; RFC 6455 §7.4 and the server's 44xx."""
    line = one_line(reason)
    said = server_text(line) if line else ""
    context: dict[str, Any] = {"details": {"close_code": code}, "method": "WS" if path else None, "path": path}
    match code:
        case 4401:
            refused = text("stream_token_refused", said=said)
            return exc.AuthenticationError(refused, status_code=401, **context)
        case 1008 | 4403:
            return exc.PermissionDeniedError(text("stream_refused", said=said), status_code=403, **context)
        case 4404:
            missing = text("stream_without_question", said=said)
            return exc.NotFoundError(missing, status_code=404, **context)
        case 1009:
            return exc.ProtocolError(text("frame_too_large"), **context)
        case None | 1006:
            return exc.StreamInterruptedError(text("connection_dropped"), **context)
        case _:
            closed = text("connection_closed", close_code=code, said=said)
            return exc.StreamInterruptedError(closed, **context)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that ``Retry-After`` asks for; a date is read against the response's own ``Date`` (RFC 9110 §10.2.3).

    None for what is missing, past, negative, infinite or unreadable.
    """
    value = headers.get("retry-after", "").strip()
    try:
        if _DECIMAL.fullmatch(value):
            seconds = float(value)
        else:
            seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ArithmeticError, LookupError, TypeError, ValueError):  # the standard library's ways to say that it is no date
        return None
    return seconds if 0 < seconds < math.inf else None


def request_id(headers: Mapping[str, str]) -> str | None:
    """The server's or a proxy's own name for the request; None where there is none, or none of a usual form."""
    given = next((headers[name].strip() for name in REQUEST_ID_HEADERS if headers.get(name, "").strip()), "")
    is_usual = _REQUEST_ID.fullmatch(given) and (_HEX.fullmatch(given) or one_line(given) == given)
    return given if is_usual and without_secrets(given) == given else None


@attrs.frozen
class _Content:
    """What the body of a failed response says."""

    text: LocalizedText
    error_type: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


def _content_of(failure: Failure) -> _Content:
    of_status = _Content(status_text(failure.status))
    body = failure.body.decode("utf-8", "replace")
    if "html" in failure.headers.get("content-type", "").lower() or _is_page(body):
        return _content_of_line(_page_title(body), of_status)
    try:
        value = codec.parse(failure.body)
    except exc.ProtocolError:
        # In a 422 that is no JSON the reasons cannot be separated from the echoed input, so it is not quoted at all.
        return of_status if failure.status == 422 else _content_of_line(_as_line(body), of_status)
    return _content_of_json(value, of_status)


def _content_of_line(line: str, of_status: _Content) -> _Content:
    return _Content(server_text(line)) if line else of_status


def _content_of_json(body: Any, of_status: _Content) -> _Content:
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    detail = fields.get("detail")
    if isinstance(detail, list):
        problems = _problems(cast("list[Any]", detail))
        if not problems:
            return of_status
        return _Content(
            text("invalid_fields", problems=[problem.text for problem in problems]),
            fields=tuple((problem.field, problem.reason) for problem in problems),
        )
    texts = [text for text in (detail, fields.get("message"), fields.get("error")) if isinstance(text, str)]
    error_type = fields.get("error")
    content = _content_of_line(next((line for each in texts if (line := _as_line(each))), ""), of_status)
    return attrs.evolve(content, error_type=one_line(error_type) if isinstance(error_type, str) else None)


@attrs.frozen
class _Problem:
    """An entry of a 422: the path of the `field`, the server's sentence as `reason`, and the server's name of the problem."""

    field: str
    reason: str
    kind: object

    @property
    def text(self) -> LocalizedText:
        """Field and reason, for the error's message."""
        field = text("request_itself") if self.field == _WHOLE_REQUEST else self.field
        reason = text("field_invalid") if self.reason == _NO_REASON else field_problem(self.kind, self.reason)
        return text("invalid_field", field=field, reason=reason)


def _problems(items: list[Any]) -> tuple[_Problem, ...]:
    """A 422's paths and reasons, without the values that it echoes: they may be tokens."""
    entries = [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)][:_MOST_PROBLEMS]
    echoed = sorted(_echoes([entry.get("input") for entry in entries]), key=len, reverse=True)
    reasons = entries if len(echoed) <= _MOST_ECHOES else [entry | {"msg": ""} for entry in entries]
    return tuple(
        _Problem(_field_path(entry.get("loc"), echoed), _reason(entry.get("msg"), echoed), entry.get("type")) for entry in reasons
    )


def _field_path(loc: Any, echoed: Sequence[str]) -> str:
    """The path of a field, as ``google_files.0.uri`` for ``["body", "google_files", 0, "uri"]``."""
    steps = [str(step) for step in cast("list[Any]", loc) if isinstance(step, (str, int))] if isinstance(loc, list) else []
    # A step is the name of a field or a number; where unknown fields are refused it can be whatever was sent.
    named = [step if _FIELD_NAME.fullmatch(step) and step not in echoed else "…" for step in steps]
    path = ".".join(named[1:] if named[:1] in (["body"], ["query"], ["path"], ["header"]) else named)
    return one_line(path) or _WHOLE_REQUEST


def _reason(msg: Any, echoed: Sequence[str]) -> str:
    """A server's sentence about a field, in which an ellipsis stands for each value that it echoes."""
    reason = flattened(msg[: LINE_LIMIT * 4]) if isinstance(msg, str) else ""
    for value in echoed:
        reason = reason.replace(value, "…")
    return one_line(reason) or _NO_REASON


def _echoes(value: Any) -> set[str]:
    """The texts in an echoed value that are long enough to be a secret, flattened as they would stand in a reason."""
    found, waiting = set[str](), [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and len(flat := flattened(item)) >= _SHORTEST_ECHO:
            found.add(flat)
        elif isinstance(item, dict):
            waiting += cast("dict[Any, Any]", item).values()
        elif isinstance(item, list):
            waiting += cast("list[Any]", item)
    return found


def _as_line(words: str) -> str:
    """A server's words as one line; of an HTML page its title."""
    return _page_title(words) if _is_page(words) else one_line(words)


def _is_page(words: str) -> bool:
    start = words[:1000].lstrip("\ufeff \t\r\n").lower()
    return start.startswith("<") or "<html" in start or "<!doctype" in start


def _page_title(page: str) -> str:
    found = _PAGE_TITLE.search(page[:20_000])
    return one_line(unescape(_TAG.sub(" ", found[2]))) if found else ""


def _redirect_target(location: str) -> str:
    """The address that a redirect names, without what may be secret: user, query and fragment."""
    try:
        parts = urlsplit(flattened(location[: LINE_LIMIT * 4]))
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return one_line(f"{parts.scheme}://{host}{parts.path}" if host and parts.scheme else f"{host}{parts.path}")


def _is_too_long(failure: Failure) -> bool:
    """Whether the request was refused for its length: by a status that says so, or by the 400 of a server that could not read it.

    Servers read a request line up to some limit (8 KB, 64 KB) and answer a longer one before the application sees it, in plain
    text or as a page; what the application itself refuses is JSON.
    """
    if failure.status != 400:
        return failure.status in {414, 431}
    is_long = sum(len(quote(name)) + len(quote(value, errors="replace")) + 2 for name, value in failure.query) > SURELY_READ
    return is_long and not failure.body.lstrip().startswith(b"{")


def _too_long(query: Sequence[tuple[str, str]]) -> LocalizedText:
    """What to do about a query that is too long: ids and files travel in it."""
    lengths = dict[str, int]()
    for name, value in query:
        lengths[name] = lengths.get(name, 0) + len(name) + len(value)
    if not lengths:
        return text("request_too_long")
    return text("request_query_too_long", parameter=max(lengths, key=lambda name: lengths[name]))
