"""Makes texts of servers fit for messages: one printable line, of bounded length, without anything that may be a credential."""

from __future__ import annotations

import re

from ..credentials import without_secrets

LINE_LIMIT = 300
"""The most characters of a server's words in a message."""
EXCERPT_LIMIT = 200
"""The most characters of raw bytes in a message."""

_SEARCHED = 4000
"""The most characters, or bytes, that are searched for credentials: a multiple of both limits, so that enough is left to show
where long ones are masked, and a bound on what a hostile body costs."""
_KEY = r"(?:[a-z]+[_-])?(?:token|password|passwd|secret|api[_-]?key|authorization)"
_SECRETS = re.compile(
    r"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}"  # a JWT, or its beginning: eyJ….eyJ….…
    r"|\bbearer\s+[^\s\"',}]+"  # Authorization: Bearer abc
    rf"|\b{_KEY}[\"']?\s*[=:]\s*(?:bearer\s+)?(?:\"[^\"]*\"?|'[^']*'?|[^\s\"',&}}]+)",  # static_token=abc, "password": "abc"
    re.IGNORECASE,
)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![A-Za-z0-9_-])"
_LONG_RUN = re.compile(rf"(?<![A-Za-z0-9_-])(?!{_UUID})[A-Za-z0-9_-]{{32,}}")
"""What is as long as a token, as 32 hexadecimal digits, and is no UUID, which names a chat or a file."""
_LONG_BYTES = re.compile(r"[A-Za-z0-9_\-.+/=]{24,}")
"""What in raw bytes is as long as a token, or as a part of one in Base64."""
_CUT_RUN = re.compile(r"[A-Za-z0-9_\-.+/=]+\Z")
"""What may be the beginning of a token at the end of an excerpt."""


def one_line(text: str) -> str:
    """`text` as one printable line of at most `LINE_LIMIT` characters, without anything that looks like a credential."""
    flat = flattened(without_secrets(text[:_SEARCHED]))
    return clipped(_LONG_RUN.sub("…", _SECRETS.sub("…", flat)), LINE_LIMIT)


def excerpt(body: bytes) -> str:
    """The beginning of `body`, at most `EXCERPT_LIMIT` printable characters; what looks like a credential is masked."""
    text = body[:_SEARCHED].decode("utf-8", "replace")
    if len(body) > _SEARCHED:
        text = _CUT_RUN.sub("…", text)  # a cut token may be too short to be recognised
    text = without_secrets(text)
    masked = _LONG_BYTES.sub("…", _SECRETS.sub("…", text))
    return clipped(repr(masked)[1:-1], EXCERPT_LIMIT)


def flattened(text: str) -> str:
    """`text` with its white space and whatever cannot be printed as single spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def clipped(text: str, limit: int) -> str:
    """`text`, or as much of it as fits into `limit` characters together with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
