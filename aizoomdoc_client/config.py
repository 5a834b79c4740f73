"""Settings as values, and where they come from: arguments, then environment, then profile file, then defaults.

The profile file is ``config.toml`` in the configuration folder, one table a profile::

    [default]
    server_url = "https://docs.example.org"
    timeout = 120

It never holds a token; tokens sleep in a token store.
"""

from __future__ import annotations

import ipaddress
import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit, urlunsplit

import attrs
import platformdirs

from .exceptions import ConfigurationError

__all__ = [
    "ClientConfig",
    "RetryPolicy",
    "StreamTimeouts",
    "TransportName",
    "checked_server_url",
    "config_folder",
    "resolve_config",
]

TransportName = Literal["auto", "websocket", "sse"]
"""How an answer is streamed; ``auto`` tries a WebSocket first and remembers what a server can do."""


def _positive(_: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise ConfigurationError(f"{attribute.name} must be a positive number of seconds, not {value!r}")


def _count(_: object, attribute: attrs.Attribute[Any], value: int) -> None:
    if value < 0:
        raise ConfigurationError(f"{attribute.name} must be zero or more, not {value!r}")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often and how patiently failed requests are repeated.

    `attempts` counts all sendings of one request, the first included (1: never repeat). The wait before attempt *n* is drawn
    between 0 and ``min(max_delay, base_delay * 2 ** (n - 2))`` seconds; a server's ``Retry-After`` is obeyed up to
    `max_retry_after` seconds. `max_reruns` is how often one answer's model run may be started again after a drop.
    """

    attempts: int = attrs.field(default=3, validator=_count)
    base_delay: float = attrs.field(default=0.5, validator=_positive)
    max_delay: float = attrs.field(default=8.0, validator=_positive)
    max_retry_after: float = attrs.field(default=120.0, validator=_positive)
    max_reruns: int = attrs.field(default=1, validator=_count)


@attrs.frozen(kw_only=True)
class StreamTimeouts:
    """How long an answer may take, in seconds; None switches a limit off.

    `connect` opens the stream, `first_event` and `idle` bound the silence before and between events (minutes of it are normal:
    a server is silent while its model thinks), `total` bounds the whole answer.
    """

    connect: float = attrs.field(default=20.0, validator=_positive)
    first_event: float | None = attrs.field(default=330.0, validator=_positive)
    idle: float | None = attrs.field(default=330.0, validator=_positive)
    total: float | None = attrs.field(default=None, validator=_positive)


@attrs.frozen(kw_only=True)
class ClientConfig:
    """All settings of one client. `timeout` is for one request, in seconds; the static token is left out of the ``repr``."""

    server_url: str
    static_token: str | None = attrs.field(default=None, repr=False)
    timeout: float = attrs.field(default=60.0, validator=_positive)
    profile: str = "default"
    transport: TransportName = "auto"
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    stream_timeouts: StreamTimeouts = attrs.field(factory=StreamTimeouts)
    max_frame_bytes: int = attrs.field(default=8 * 1024 * 1024, validator=_count)
    allow_insecure: bool = False


def config_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of profiles and tokens: ``AIZOOMDOC_CONFIG_DIR``, or the system's place for a user's settings."""
    return Path(environ.get("AIZOOMDOC_CONFIG_DIR") or platformdirs.user_config_dir("aizoomdoc", appauthor=False))


def resolve_config(
    *,
    server_url: str | None = None,
    static_token: str | None = None,
    timeout: float | None = None,
    profile: str | None = None,
    transport: TransportName | None = None,
    retry: RetryPolicy | None = None,
    stream_timeouts: StreamTimeouts | None = None,
    max_frame_bytes: int | None = None,
    allow_insecure: bool | None = None,
    environ: Mapping[str, str] = os.environ,
) -> ClientConfig:
    """The settings in force, each from the first place that has it: argument, environment, profile file, default.

    Raises `ConfigurationError` when there is no server, or when a value cannot be used; the message names its source.
    """
    name: str = profile or environ.get("AIZOOMDOC_PROFILE") or "default"
    saved = load_profile(config_folder(environ) / "config.toml", name, required=profile is not None and server_url is None)
    insecure = _first(allow_insecure, _flag(environ, "AIZOOMDOC_ALLOW_INSECURE"), saved.get("allow_insecure"), False)
    server = _first(server_url, environ.get("AIZOOMDOC_SERVER"), saved.get("server_url"), None)
    if server is None:
        raise ConfigurationError("No server: pass server_url, set AIZOOMDOC_SERVER, or run `aizoomdoc login`")
    return ClientConfig(
        server_url=checked_server_url(server, allow_insecure=insecure),
        static_token=_checked_token(static_token or environ.get("AIZOOMDOC_TOKEN") or None),
        timeout=_first(timeout, _number(environ, "AIZOOMDOC_TIMEOUT"), saved.get("timeout"), 60.0),
        profile=name,
        transport=_checked_transport(_first(transport, environ.get("AIZOOMDOC_TRANSPORT"), saved.get("transport"), "auto")),
        retry=retry or RetryPolicy(),
        stream_timeouts=stream_timeouts or StreamTimeouts(),
        max_frame_bytes=_first(max_frame_bytes, None, None, 8 * 1024 * 1024),
        allow_insecure=insecure,
    )


def load_profile(path: Path, name: str, *, required: bool = False) -> Mapping[str, Any]:
    """The table `name` of the profile file, empty where there is none.

    Raises `ConfigurationError` when the file cannot be read or a value has the wrong type, or, if `required`, when the profile
    is missing.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        tables = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"The profile file {path} cannot be read: {error}") from error
    table = tables.get(name, {})
    if required and name not in tables:
        raise ConfigurationError(f"There is no profile {name!r} in {path}: run `aizoomdoc --profile {name} login`")
    if not isinstance(table, dict):
        raise ConfigurationError(f"{name} in {path} must be a table: [{name}]")
    return _checked_profile(path, name, cast("dict[str, Any]", table))


_PROFILE_TYPES: Mapping[str, tuple[type, ...]] = {
    "server_url": (str,),
    "timeout": (int, float),
    "transport": (str,),
    "allow_insecure": (bool,),
}


def _checked_profile(path: Path, name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, types in _PROFILE_TYPES.items():
        value = table.get(key)
        if value is not None and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
            raise ConfigurationError(f"{key} of profile {name!r} in {path} must be a {types[-1].__name__}, not {value!r}")
    return table


def checked_server_url(url: str, *, allow_insecure: bool = False) -> str:
    """The server's URL without a trailing slash.

    Raises `ConfigurationError` for anything but an https URL of a host and, maybe, a path; plain http only to this machine,
    elsewhere only with `allow_insecure`, because it would send the token in the clear.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"The server URL {_shown(url)} cannot be read: {error}") from None
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or _has_control_characters(url):
        raise ConfigurationError(f"The server URL {_shown(url)} must look like https://host[:port][/path]")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(f"The server URL {_shown(url)} must not carry a user name, a query or a fragment")
    if parts.scheme == "http" and not allow_insecure and not _is_loopback(host):
        raise ConfigurationError(
            f"{_shown(url)} would send tokens in the clear: use https, or allow_insecure=True (AIZOOMDOC_ALLOW_INSECURE=1)"
        )
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _has_control_characters(text: str) -> bool:
    return any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in text)


def _shown(url: str) -> str:
    """The URL for an error: without user name, password, query and control characters."""
    bare = url.strip().split("?", 1)[0].split("#", 1)[0]
    scheme, separator, rest = bare.partition("://")
    host_part, slash, path = rest.partition("/")
    return repr(f"{scheme}{separator}{host_part.rpartition('@')[2]}{slash}{path}"[:200])


def _checked_token(token: str | None) -> str | None:
    if token is not None and (_has_control_characters(token) or not token.strip()):
        raise ConfigurationError("The static token is empty or has control characters in it (a line break from copying, maybe?)")
    return token


def _checked_transport(name: str) -> TransportName:
    if name not in get_args(TransportName):
        raise ConfigurationError(f"transport must be one of {', '.join(get_args(TransportName))}, not {name!r}")
    return cast("TransportName", name)


def _flag(environ: Mapping[str, str], variable: str) -> bool | None:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    value = environ.get(variable)
    if not value:
        return None
    if value.lower() not in words:
        raise ConfigurationError(f"{variable} must be 1 or 0, not {value!r}")
    return words[value.lower()]


def _number(environ: Mapping[str, str], variable: str) -> float | None:
    value = environ.get(variable)
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        raise ConfigurationError(f"{variable} must be a number, not {value!r}") from None


def _first(*values: Any) -> Any:
    """The first of `values` that is not None, or the last one."""
    return next((value for value in values if value is not None), values[-1])
