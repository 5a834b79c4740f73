"""Headers that a user adds to each request, as arguments, the environment, the profile file and the command line give them.

Those that the client sets itself are refused: a second credential, another length or another host would change what a request
means. Errors name a header, and never its value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from .catalog import text
from .exceptions import ConfigurationError
from .setting_values import SourceName

HeaderFields = tuple[tuple[str, str], ...]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name, as ``X-Request-Source``: a token of RFC 9110 §5.6.2."""
_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""A control character other than a tab."""
_SET_BY_CLIENT = frozenset(
    {
        "accept", "accept-encoding", "authorization", "cache-control", "connection", "expect", "host", "idempotency-key",
        "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_PREFIXES_OF_CLIENT = ("content-", "sec-websocket-")


def header_fields(value: Any) -> HeaderFields:
    """The headers of a mapping or of pairs; raises `ConfigurationError` for a malformed or repeated one, or the client's own."""
    if not isinstance(value, Collection) or isinstance(value, (str, bytes)):
        raise ConfigurationError(text("headers_malformed", name="headers"))
    pairs = cast("Iterable[Any]", value.items() if isinstance(value, Mapping) else value)
    fields = tuple(_field(pair) for pair in pairs)
    names = [name.lower() for name, _ in fields]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ConfigurationError(text("header_twice", header=fields[place][0]))
    return fields


def header_lines(source: SourceName, lines: str) -> HeaderFields:
    """The headers of a text, one a line, as ``Name: value``."""
    pairs = [line.partition(":") for line in lines.splitlines() if line.strip()]
    if any(not colon or not _NAME.fullmatch(name.strip()) for name, colon, _ in pairs):
        raise ConfigurationError(text("headers_malformed", name=source))
    return header_fields([(name.strip(), value.strip()) for name, _, value in pairs])


def header_table(source: SourceName, table: Any) -> HeaderFields:
    """The headers of a table in the profile file."""
    if not isinstance(table, dict):
        raise ConfigurationError(text("headers_malformed", name=source))
    return header_fields(cast("dict[Any, Any]", table))


def _field(pair: Any) -> tuple[str, str]:
    both = tuple(cast("Iterable[Any]", pair)) if isinstance(pair, (tuple, list)) else ()
    if len(both) != 2 or not all(isinstance(each, str) for each in both):
        raise ConfigurationError(text("headers_malformed", name="headers"))
    name, value = cast("tuple[str, str]", both)
    if not _NAME.fullmatch(name) or _NOT_IN_VALUES.search(value) or not value.isascii():
        raise ConfigurationError(text("header_unusable", header=name if _NAME.fullmatch(name) else "…"))
    if name.lower() in _SET_BY_CLIENT or name.lower().startswith(_PREFIXES_OF_CLIENT):
        raise ConfigurationError(text("header_of_the_client", header=name))
    return name, value.strip(" \t")
