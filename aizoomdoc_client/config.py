"""Settings as values, and where they come from: arguments, then environment, then profile file, then defaults.

The profile file is ``config.toml`` in the configuration folder, one table a profile::

    [default]
    server_url = "https://docs.example.org"
    timeout = 120

It never holds a token; tokens sleep in a token store.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, cast, get_args

import attrs
import platformdirs

from .addresses import checked_server_url
from .catalog import LocalizedText, system_reason, text
from .exceptions import AIZoomDocWarning, ConfigurationError
from .user_stacklevel import warn

__all__ = [
    "ClientConfig",
    "RetryPolicy",
    "StreamTimeouts",
    "TransportName",
    "UploadLimits",
]

_MOST_SECONDS = 100 * 365 * 24 * 3600.0
"""The longest time-out: beyond a century event loops and sockets overflow instead of waiting."""

TransportName = Literal["auto", "websocket", "sse"]
"""How an answer is streamed; ``auto`` tries a WebSocket first and remembers what a server can do."""


def _positive(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    _check_seconds(attribute.name, value)


def _positive_or_none(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        _check_seconds(attribute.name, value)


def _count(least: int) -> Callable[[object, attrs.Attribute[Any], Any], None]:
    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigurationError(text("not_a_count", name=attribute.name, least=least, value=value))

    return check


def _count_or_none(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        _count(1)(instance, attribute, value)


def _check_seconds(source: str | LocalizedText, value: Any) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value <= _MOST_SECONDS:
        raise ConfigurationError(text("not_seconds", name=source, value=value))


def _usable_token(_: object, __: attrs.Attribute[Any], value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not value.strip() or _has_control_characters(value):
        raise ConfigurationError(text("static_token_unusable"))


def _known_transport(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    _check_transport(attribute.name, value)


def _check_transport(source: str | LocalizedText, name: Any) -> None:
    choices = get_args(TransportName)
    if name not in choices:
        raise ConfigurationError(text("not_one_of", name=source, choices=choices, value=name))


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often and how patiently failed requests are repeated.

    `attempts` counts all sendings of one request, the first included (1: never repeat). The wait before attempt *n* is drawn
    between 0 and ``min(max_delay, base_delay * 2 ** (n - 2))`` seconds; a server's ``Retry-After`` is obeyed up to
    `max_retry_after` seconds. `max_reruns` is how often one answer's model run may be started again after a drop.
    """

    attempts: int = attrs.field(default=3, validator=_count(1))
    base_delay: float = attrs.field(default=0.5, validator=_positive)
    max_delay: float = attrs.field(default=8.0, validator=_positive)
    max_retry_after: float = attrs.field(default=120.0, validator=_positive)
    max_reruns: int = attrs.field(default=1, validator=_count(0))


@attrs.frozen(kw_only=True)
class StreamTimeouts:
    """How long an answer may take, in seconds; None switches a limit off.

    `connect` opens the stream, `first_event` and `idle` bound the silence before and between events (minutes of it are normal:
    a server is silent while its model thinks), `total` bounds the whole answer.
    """

    connect: float = attrs.field(default=20.0, validator=_positive)
    first_event: float | None = attrs.field(default=330.0, validator=_positive_or_none)
    idle: float | None = attrs.field(default=330.0, validator=_positive_or_none)
    total: float | None = attrs.field(default=None, validator=_positive_or_none)


@attrs.frozen(kw_only=True)
class UploadLimits:
    """How large a file may be, in bytes, checked before anything of it is sent; None leaves a limit to the server.

    `file` is for files that the server stores, `llm_file` for those that it hands to its model. The defaults are the documented
    servers' own limits, 100 MB and 20 MB; pass others for a server that takes more or less.
    """

    file: int | None = attrs.field(default=100 * 1024 * 1024, validator=_count_or_none)
    llm_file: int | None = attrs.field(default=20 * 1024 * 1024, validator=_count_or_none)


@attrs.frozen(kw_only=True)
class ClientConfig:
    """All settings of one client. `timeout` is for one request, in seconds; the static token is left out of the ``repr``."""

    server_url: str
    static_token: str | None = attrs.field(default=None, repr=False, validator=_usable_token)
    timeout: float = attrs.field(default=60.0, validator=_positive)
    profile: str = "default"
    transport: TransportName = attrs.field(default="auto", validator=_known_transport)
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    stream_timeouts: StreamTimeouts = attrs.field(factory=StreamTimeouts)
    max_frame_bytes: int = attrs.field(default=8 * 1024 * 1024, validator=_count(1))
    upload_limits: UploadLimits = attrs.field(factory=UploadLimits)
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
    upload_limits: UploadLimits | None = None,
    allow_insecure: bool | None = None,
    environ: Mapping[str, str] = os.environ,
) -> ClientConfig:
    """The settings in force, each from the first place that has it: argument, environment, profile file, default.

    An empty environment variable counts as unset. A profile file that cannot be read is an error that names it, or, where the
    server comes from elsewhere and no profile was asked for, a warning.

    Raises `ConfigurationError` when there is no server, or when a value cannot be used; the message names its source.
    """
    variables = {name: value for name, value in environ.items() if value}
    name: str = profile or variables.get("AIZOOMDOC_PROFILE") or "default"
    server = _first(server_url, variables.get("AIZOOMDOC_SERVER"))
    path = config_folder(environ) / "config.toml"
    saved = _saved_settings(path, name, asked_for=profile is not None, needed=server is None)
    insecure: bool = _first(allow_insecure, _flag(variables, "AIZOOMDOC_ALLOW_INSECURE"), saved.get("allow_insecure"), False)
    server = _first(server, saved.get("server_url"))
    if server is None:
        raise ConfigurationError(text("no_server"))
    return ClientConfig(
        server_url=checked_server_url(server, allow_insecure=insecure),
        static_token=_first(static_token, variables.get("AIZOOMDOC_TOKEN")),
        timeout=_first(timeout, _seconds(variables, "AIZOOMDOC_TIMEOUT"), saved.get("timeout"), 60.0),
        profile=name,
        transport=_first(transport, _transport(variables, "AIZOOMDOC_TRANSPORT"), saved.get("transport"), "auto"),
        retry=_first(retry, RetryPolicy()),
        stream_timeouts=_first(stream_timeouts, StreamTimeouts()),
        max_frame_bytes=_first(max_frame_bytes, 8 * 1024 * 1024),
        upload_limits=_first(upload_limits, UploadLimits()),
        allow_insecure=insecure,
    )


def _saved_settings(path: Path, name: str, *, asked_for: bool, needed: bool) -> Mapping[str, Any]:
    try:
        tables = _read_profiles(path)
    except ConfigurationError as error:
        if asked_for or needed:
            raise
        warn(text("profile_file_skipped", reason=error.text), AIZoomDocWarning)
        return {}
    return _profile(tables, path, name, required=asked_for and needed)


def load_profile(path: Path, name: str, *, required: bool = False) -> Mapping[str, Any]:
    """The table `name` of the profile file, empty where there is none.

    Raises `ConfigurationError` when the file cannot be read or a value has the wrong type, or, if `required`, when the profile
    is missing.
    """
    return _profile(_read_profiles(path), path, name, required=required)


def _read_profiles(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows begin a file with a byte order mark
    except FileNotFoundError:
        return {}
    except RecursionError:
        raise ConfigurationError(text("profile_file_unreadable", path=path, reason=text("nested_too_deeply"))) from None
    except (OSError, ValueError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else str(error)
        raise ConfigurationError(text("profile_file_unreadable", path=path, reason=reason)) from error


def _profile(tables: Mapping[str, Any], path: Path, name: str, *, required: bool) -> Mapping[str, Any]:
    table = tables.get(name, {})
    if required and name not in tables:
        raise ConfigurationError(text("no_profile", name=name, path=path))
    if not isinstance(table, dict):
        raise ConfigurationError(text("profile_not_a_table", name=name, path=path))
    _check_profile(cast("dict[str, Any]", table), path, name)
    return cast("dict[str, Any]", table)


def _check_profile(table: Mapping[str, Any], path: Path, profile: str) -> None:
    def named(key: str) -> LocalizedText:
        return text("setting_of_profile", name=key, profile=profile, path=path)

    server_url, allow_insecure = table.get("server_url"), table.get("allow_insecure")
    if server_url is not None and not isinstance(server_url, str):
        raise ConfigurationError(text("not_text", name=named("server_url"), type=type(server_url).__name__))
    if allow_insecure is not None and not isinstance(allow_insecure, bool):
        raise ConfigurationError(text("not_true_or_false", name=named("allow_insecure"), type=type(allow_insecure).__name__))
    if "timeout" in table:
        _check_seconds(named("timeout"), table["timeout"])
    if "transport" in table:
        _check_transport(named("transport"), table["transport"])


def _has_control_characters(token: str) -> bool:
    return any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in token)


def _transport(variables: Mapping[str, str], variable: str) -> str | None:
    value = variables.get(variable)
    if value is not None:
        _check_transport(variable, value)
    return value


def _flag(variables: Mapping[str, str], variable: str) -> bool | None:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    value = variables.get(variable)
    if value is None:
        return None
    if value.strip().lower() not in words:
        raise ConfigurationError(text("not_a_flag", name=variable, value=value))
    return words[value.strip().lower()]


def _seconds(variables: Mapping[str, str], variable: str) -> float | None:
    value = variables.get(variable)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        raise ConfigurationError(text("not_seconds", name=variable, value=value)) from None
    _check_seconds(variable, seconds)
    return seconds


def _first(*values: Any) -> Any:
    """The first of `values` that is not None, or None."""
    return next((value for value in values if value is not None), None)
