"""Others' words made fit to be shown: one printable line, of bounded length, without credentials of this process or the like."""

from __future__ import annotations

import re

from ..credentials import without_secrets

LINE_LIMIT = 300
"""The most characters of a server's words in a message."""
EXCERPT_LIMIT = 200
"""The most characters of raw bytes in a message."""

# A multiple of both limits, so that masking what is long leaves enough to show, and hostile bodies cost little.
_READ = 4000
_KEY = r"(?:[a-z]+[_-])?(?:token|password|passwd|secret|api[_-]?key|authorization)"
_SECRETS = re.compile(
    r"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}"  # a JWT, or its beginning
    r"|\bbearer\s+[^\s\"',}]+"
    rf"|\b{_KEY}[\"']?\s*[=:]\s*(?:bearer\s+)?(?:\"[^\"]*\"?|'[^']*'?|[^\s\"',&}}]+)",
    re.IGNORECASE,
)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![A-Za-z0-9_-])"
_LONG_RUN = re.compile(rf"(?<![A-Za-z0-9_-])(?!{_UUID})[A-Za-z0-9_-]{{32,}}")
_LONG_BYTES = re.compile(r"[A-Za-z0-9_\-.+/=]{24,}")
_CUT_RUN = re.compile(r"[A-Za-z0-9_\-.+/=]+\Z")


def one_line(text: str) -> str:
    """`text` as one printable line of at most 300 characters, without anything that looks like a credential."""
    flat = flattened(without_secrets(text[:_READ]))
    return clipped(_LONG_RUN.sub("…", _SECRETS.sub("…", flat)), LINE_LIMIT)


def excerpt(body: bytes) -> str:
    """The beginning of `body` for an error, at most 200 printable characters; what looks like a credential is masked."""
    text = body[:_READ].decode("utf-8", "replace")
    if len(body) > _READ:
        text = _CUT_RUN.sub("…", text)  # too short to be recognised, since it was cut
    text = without_secrets(text)
    masked = _LONG_BYTES.sub("…", _SECRETS.sub("…", text))
    return clipped(repr(masked)[1:-1], EXCERPT_LIMIT)


def flattened(text: str) -> str:
    """`text` with its white space and whatever cannot be printed as single spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def clipped(text: str, limit: int) -> str:
    """`text`, or as much of it as fits into `limit` characters together with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
