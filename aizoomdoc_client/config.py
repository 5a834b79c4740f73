"""Settings as values, and where they come from: arguments, then environment, then profile file, then defaults.

The profile file is ``config.toml`` in the configuration folder, one table a profile::

    [default]
    server_url = "https://docs.example.org"
    timeout = 120

It never holds a token; those are in a token store. ``timeout = "none"``, as ``AIZOOMDOC_TIMEOUT=none``, is no limit.

A setting is a field of `ClientConfig`, whose metadata say which variable of the environment has it, and whether the profile file
does.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

import attrs
import platformdirs

from . import setting_values as values
from .addresses import checked_server_url
from .catalog import LocalizedText, system_reason, text
from .exceptions import AIZoomDocWarning, ConfigurationError
from .header_fields import HeaderFields, header_fields, header_lines, header_table
from .serializable import OneLineRepr
from .toml_faults import toml_fault
from .unset import UNSET
from .user_stacklevel import warn

__all__ = [
    "ClientConfig",
    "RetryPolicy",
    "StreamTimeouts",
    "TransportName",
    "UploadLimits",
]

TransportName = Literal["auto", "websocket", "sse"]
"""How an answer is streamed; ``auto`` tries a WebSocket first and remembers what a server can do."""
_transport = values.one_of(get_args(TransportName))


@attrs.frozen(kw_only=True)
class RetryPolicy(OneLineRepr):
    """How often and how patiently failed requests are repeated.

    `attempts` counts all sendings of one request, the first included (1: never repeat). The wait before attempt *n* is drawn
    between 0 and ``min(max_delay, base_delay * 2 ** (n - 2))`` seconds; a server's ``Retry-After`` is obeyed up to
    `max_retry_after` seconds. `max_reruns` is how often one answer's model run may be started again after a drop.
    """

    attempts: int = attrs.field(default=3, validator=values.checked_by(values.count(1)))
    base_delay: float = attrs.field(default=0.5, validator=values.checked_by(values.seconds))
    max_delay: float = attrs.field(default=8.0, validator=values.checked_by(values.seconds))
    max_retry_after: float = attrs.field(default=120.0, validator=values.checked_by(values.seconds))
    max_reruns: int = attrs.field(default=1, validator=values.checked_by(values.count(0)))


@attrs.frozen(kw_only=True)
class StreamTimeouts(OneLineRepr):
    """How long an answer may take, in seconds; None switches a limit off.

    `connect` opens the stream, `first_event` and `idle` bound the silence before and between events (minutes of it are normal:
    a server is silent while its model thinks), `total` bounds the whole answer.
    """

    connect: float = attrs.field(default=20.0, validator=values.checked_by(values.seconds))
    first_event: float | None = attrs.field(default=330.0, validator=values.checked_by(values.or_none(values.seconds)))
    idle: float | None = attrs.field(default=330.0, validator=values.checked_by(values.or_none(values.seconds)))
    total: float | None = attrs.field(default=None, validator=values.checked_by(values.or_none(values.seconds)))


@attrs.frozen(kw_only=True)
class UploadLimits(OneLineRepr):
    """How large a file may be, in bytes, checked before anything of it is sent; None leaves a limit to the server.

    `file` is for files that the server stores, `llm_file` for those that it hands to its model. The defaults are the documented
    servers' own limits, 100 MB and 20 MB; pass others for a server that takes more or less.
    """

    file: int | None = attrs.field(default=100 * 1024 * 1024, validator=values.checked_by(values.or_none(values.count(1))))
    llm_file: int | None = attrs.field(default=20 * 1024 * 1024, validator=values.checked_by(values.or_none(values.count(1))))


@attrs.frozen
class _Sources:
    """Where a setting is found beside an argument: in a variable of the environment, and in the profile file by its own name.

    A setting that `can_be_none` takes None as a value; for others an argument None is one that is not given.
    """

    variable: str
    of_variable: values.Reader
    of_profile: values.Reader | None = attrs.field(default=None, kw_only=True)
    can_be_none: bool = attrs.field(default=False, kw_only=True)

    @property
    def metadata(self) -> Mapping[object, _Sources]:
        """The metadata of a field with these sources."""
        return {_Sources: self}


@attrs.frozen(kw_only=True)
class ClientConfig(OneLineRepr):
    """All settings of one client.

    `timeout` is for one request, in seconds, None for no limit. The static token, the proxy and the headers, which may have
    credentials, too, are left out of the ``repr``.
    """

    server_url: str = attrs.field(metadata=_Sources("AIZOOMDOC_SERVER", values.plain_text, of_profile=values.plain_text).metadata)
    static_token: str | None = attrs.field(
        default=None,
        repr=False,
        validator=values.checked_by(values.or_none(values.static_token)),
        metadata=_Sources("AIZOOMDOC_TOKEN", values.first_line).metadata,
    )
    timeout: float | None = attrs.field(
        default=60.0,
        validator=values.checked_by(values.or_none(values.seconds)),
        metadata=_Sources(
            "AIZOOMDOC_TIMEOUT", values.seconds_or_no_limit_in_words, of_profile=values.seconds_or_no_limit, can_be_none=True
        ).metadata,
    )
    profile: str = attrs.field(default="default", metadata=_Sources("AIZOOMDOC_PROFILE", values.utf8_text).metadata)
    transport: TransportName = attrs.field(
        default="auto",
        validator=values.checked_by(_transport),
        metadata=_Sources("AIZOOMDOC_TRANSPORT", _transport, of_profile=_transport).metadata,
    )
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    stream_timeouts: StreamTimeouts = attrs.field(factory=StreamTimeouts)
    max_frame_bytes: int = attrs.field(default=8 * 1024 * 1024, validator=values.checked_by(values.count(1)))
    upload_limits: UploadLimits = attrs.field(factory=UploadLimits)
    allow_insecure: bool = attrs.field(
        default=False, metadata=_Sources("AIZOOMDOC_ALLOW_INSECURE", values.flag_in_words, of_profile=values.flag).metadata
    )
    proxy: str | None = attrs.field(
        default=None,
        repr=False,  # it may have a password
        validator=values.checked_by(values.or_none(values.word)),
        metadata=_Sources("AIZOOMDOC_PROXY", values.plain_text, of_profile=values.plain_text).metadata,
    )
    ca_file: str | None = attrs.field(
        default=None,
        converter=values.path_text,
        validator=values.checked_by(values.or_none(values.word)),
        metadata=_Sources("AIZOOMDOC_CA_FILE", values.plain_text, of_profile=values.plain_text).metadata,
    )
    client_certificate: str | None = attrs.field(
        default=None,
        converter=values.path_text,
        validator=values.checked_by(values.or_none(values.word)),
        metadata=_Sources("AIZOOMDOC_CLIENT_CERTIFICATE", values.plain_text, of_profile=values.plain_text).metadata,
    )
    client_key: str | None = attrs.field(
        default=None,
        converter=values.path_text,
        validator=values.checked_by(values.or_none(values.word)),
        metadata=_Sources("AIZOOMDOC_CLIENT_KEY", values.plain_text, of_profile=values.plain_text).metadata,
    )
    pickle_token: bool = attrs.field(default=False, validator=values.checked_by(values.flag))
    headers: HeaderFields = attrs.field(
        default=(),
        repr=False,  # they may have credentials
        converter=header_fields,
        metadata=_Sources("AIZOOMDOC_HEADERS", header_lines, of_profile=header_table).metadata,
    )
    max_connections: int = attrs.field(
        default=256,
        validator=values.checked_by(values.count(1)),
        metadata=_Sources("AIZOOMDOC_MAX_CONNECTIONS", values.count_in_words(1), of_profile=values.count(1)).metadata,
    )


def given_settings(**arguments: Any) -> dict[str, Any]:
    """Those of `arguments`, settings by their names, that are given: not `UNSET`, and None only where it is a value."""
    none_is_given = {name for name, sources in _settings_with_sources() if sources.can_be_none}
    given = ((name, value) for name, value in arguments.items() if value is not UNSET)
    return {name: value for name, value in given if value is not None or name in none_is_given}


def _settings_with_sources() -> Iterator[tuple[str, _Sources]]:
    return ((field.name, field.metadata[_Sources]) for field in attrs.fields(ClientConfig) if _Sources in field.metadata)


def _sources_of(name: str) -> _Sources:
    return dict(_settings_with_sources())[name]


def config_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of profiles and tokens: ``AIZOOMDOC_CONFIG_DIR``, or the system's place for a user's settings."""
    return Path(environ.get("AIZOOMDOC_CONFIG_DIR") or platformdirs.user_config_dir("aizoomdoc", appauthor=False))


def profile_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The profile file."""
    return config_folder(environ) / "config.toml"


_DECIDED_BY_SESSION = frozenset({"proxy", "ca_file", "client_certificate", "client_key", "max_connections"})
"""The settings that a user's own session of aiohttp has already."""


def resolve_config(*, environ: Mapping[str, str] = os.environ, has_own_session: bool = False, **arguments: Any) -> ClientConfig:
    """The settings in force, each from the first place that has it: argument, environment, profile file, default.

    `arguments` are fields of `ClientConfig` by name, as `given_settings` takes them. An empty environment variable counts as
    unset. A profile file that cannot be read is an error that names it, or, where the server comes from elsewhere and no profile
    was asked for, a warning. With an own session, what it decides must not be an argument, and is ignored elsewhere.

    Raises `ConfigurationError` when there is no server, or when a value cannot be used; the message names its source.
    """
    given = given_settings(**arguments)
    if has_own_session and (decided := sorted(_DECIDED_BY_SESSION & given.keys())):
        raise ConfigurationError(text("session_decides", names=decided))
    settings, _ = _find_settings(environ, given)
    if has_own_session:
        settings = {name: value for name, value in settings.items() if name not in _DECIDED_BY_SESSION}
    if "server_url" not in settings:
        raise ConfigurationError(text("no_server"))
    return ClientConfig(**settings)


Origin = Literal["argument", "variable", "profile", "default"]


@attrs.frozen
class SettingInForce:
    """A setting, the kind of place that its value comes from, and the variable that could have it."""

    name: str
    value: Any = attrs.field(repr=False)  # it may be a token, or have a password
    origin: Origin
    variable: str


def settings_in_force(*, environ: Mapping[str, str] = os.environ, **arguments: Any) -> Sequence[SettingInForce]:
    """All settings that have other sources than an argument, as `resolve_config` finds them; without a server its URL is None.

    Raises `ConfigurationError` when a value cannot be used; the message names its source.
    """
    settings, origins = _find_settings(environ, given_settings(**arguments))
    settings.setdefault("server_url", None)
    config = ClientConfig(**settings)
    return [
        SettingInForce(name, getattr(config, name), origins.get(name, "default"), sources.variable)
        for name, sources in _settings_with_sources()
    ]


def setting_of_words(name: str, words: str) -> Any:
    """The value of the setting `name` that `words` mean, as a variable has them; raises `ConfigurationError`."""
    value = _sources_of(name).of_variable(name, words)
    settings: dict[str, Any] = {"server_url": "", name: value}
    return getattr(ClientConfig(**settings), name)


def variable_of(name: str) -> str:
    """The variable of the environment that has the setting `name`."""
    return _sources_of(name).variable


def _find_settings(environ: Mapping[str, str], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Origin]]:
    """The settings that are found, and the kind of place that each comes from."""
    of_environment = _of_environment(environ)
    arguments = {name: value for name, value in given.items() if (name, value) != ("profile", "")}
    found = of_environment | arguments
    profile = values.utf8_text("profile", found.get("profile", "default"))
    path = profile_path(environ)
    saved = _saved_settings(path, profile, asked_for="profile" in given, needed="server_url" not in found)
    settings = saved | found
    if "server_url" in settings:
        insecure = settings.get("allow_insecure", False)
        settings["server_url"] = checked_server_url(settings["server_url"], allow_insecure=insecure)
    places: Sequence[tuple[Origin, Mapping[str, Any]]] = (
        ("profile", saved),
        ("variable", of_environment),
        ("argument", arguments),
    )
    return settings, {name: origin for origin, place in places for name in place}


def _of_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: setting_of_environment(name, environ) for name, sources in _settings_with_sources() if environ.get(sources.variable)
    }


def setting_of_environment(name: str, environ: Mapping[str, str] = os.environ) -> Any:
    """The setting `name` as its variable has it, None without one; raises `ConfigurationError` for words that cannot be used."""
    sources = _sources_of(name)
    words = environ.get(sources.variable)
    return sources.of_variable(sources.variable, words) if words else None


def token_of_environment(environ: Mapping[str, str] = os.environ) -> str:
    """The static token that the environment has; empty without any."""
    return setting_of_environment("static_token", environ) or ""


def _saved_settings(path: Path, name: str, *, asked_for: bool, needed: bool) -> dict[str, Any]:
    try:
        tables = _read_profiles(path)
    except ConfigurationError as error:
        if asked_for or needed:
            raise
        warn(text("profile_file_skipped", reason=error.text), AIZoomDocWarning)
        return {}
    return _profile(tables, path, name, required=asked_for and needed)


def load_profile(path: Path, name: str, *, required: bool = False) -> dict[str, Any]:
    """The settings in the table `name` of the profile file, none where there is no such table.

    Raises `ConfigurationError` when the file cannot be read or a value has the wrong type, or, if `required`, when the profile
    is missing.
    """
    return _profile(_read_profiles(path), path, name, required=required)


def _read_profiles(path: Path) -> Mapping[str, Any]:
    written = ""
    try:
        written = path.read_text(encoding="utf-8-sig")  # editors on Windows begin a file with a byte order mark
        return tomllib.loads(written)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(text("profile_file_unreadable", path=path, reason=_unreadable(error, written))) from error


def _unreadable(error: OSError | ValueError | RecursionError, written: str) -> LocalizedText | str:
    """Why a profile file with the content `written` cannot be read, and what to do; without a content it was not opened."""
    match error:
        case OSError():
            return system_reason(error)
        case RecursionError():
            return text("nested_too_deeply")
        case UnicodeDecodeError():
            return text("at_line", line=error.object.count(b"\n", 0, error.start) + 1, problem=text("file_not_utf8"))
        case ValueError() if written:
            fault = toml_fault(error, written)
            problem = text("profile_repeated") if fault.is_repetition else text("profile_malformed", said=fault.said)
            return text("at_line", line=fault.line, problem=problem)
        case _:
            return str(error)  # a path that no file can have


def _profile(tables: Mapping[str, Any], path: Path, name: str, *, required: bool) -> dict[str, Any]:
    table = tables.get(name, {})
    if required and name not in tables:
        raise ConfigurationError(text("no_profile", name=name, path=path))
    if not isinstance(table, dict):
        raise ConfigurationError(text("profile_not_a_table", name=name, path=path))
    saved = cast("dict[str, Any]", table)
    return {
        setting: sources.of_profile(text("setting_of_profile", name=setting, profile=name, path=path), saved[setting])
        for setting, sources in _settings_with_sources()
        if sources.of_profile is not None and setting in saved
    }
