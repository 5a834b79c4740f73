"""The local server's settings."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import attrs

from ..addresses import is_host
from ..catalog import text
from ..exceptions import ConfigurationError
from .llm_settings import LLMSettings

MEGABYTE = 1024 * 1024
ANY_HOST = "*"
"""What stands in `LocalSettings.allowed_hosts` for every name."""


def _own_version() -> str:
    try:
        return version("aizoomdoc-client")
    except PackageNotFoundError:
        return "unknown"


def _usual_readers() -> int:
    return min(os.cpu_count() or 1, 4)


def _at_least(least: float) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
        if not (value >= least and math.isfinite(value)):
            raise ConfigurationError(text("local_setting_too_small", name=attribute.name, least=least, value=value))

    return check


def _port(_: object, attribute: attrs.Attribute[Any], value: int) -> None:
    if not 0 <= value <= 65535:
        raise ConfigurationError(text("local_port_out_of_range", name=attribute.name, value=value))


def _tokens(_: object, __: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    if any(not token.strip() or not token.isprintable() for token in value):
        raise ConfigurationError(text("local_token_unusable"))
    if len(set(value)) != len(value):
        raise ConfigurationError(text("local_tokens_equal"))


def _strings(values: str | Iterable[str]) -> tuple[str, ...]:
    # Not `tuple` itself: type checkers cannot tell what it makes of its argument.
    return (values,) if isinstance(values, str) else tuple(values)


def canonical_host(name: str) -> str:
    """The name as browsers send it: lower case, without the dot at its end, other than Latin letters encoded (IDNA)."""
    name = name.lower().removesuffix(".")
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


def _host_names(values: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(canonical_host(value.strip()) for value in _strings(values))


def _allowed_hosts(_: object, __: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    for name in value:
        if name != ANY_HOST and not is_host(name):
            raise ConfigurationError(text("allowed_host_unusable", value=name))


def _some_path(value: Any) -> Path | None:
    return None if value is None else Path(value)


@attrs.frozen(kw_only=True)
class LocalSettings:
    """The settings of a local server.

    `port` 0 takes any free one. `data_dir` has everything that the server stores, and is made where it is missing;
    `projects_dir` is a folder of documents, shown as the project tree. Each of `tokens` is the static token of a user ("user1",
    "user2", ...); without any, one is made and stored in `data_dir`. `slots` answers are made at once, `queue_size` more may
    wait, each at most `queue_timeout` seconds. `llm` is the language model that answers; without one, answers are extracts,
    with a pause of `pace_seconds` between two pieces.
    With `share_uploads` a question without attachments is also about the files of the user's other chats, and about those that
    were uploaded and attached to no message; else a file answers in the chats that it is attached in.
    `index_file` is where the index of documents is kept, in `data_dir` by default; in a file elsewhere servers that do not live
    long find what others have read. `readers` processes read documents, one for each processor and at most four by default; a
    question over many documents waits `reading_patience` seconds for them and is then answered from what is read.
    Without `ocr` no text of scans and images is recognized. `allowed_hosts` are names without a port that clients may reach the
    server at beside `host`, IP addresses and those of this machine, as in a container or behind a proxy; ``*`` allows any. Of one
    address `failed_logins_per_minute` wrong tokens are looked at.

    At most `connections` are open at once, of them `connections_per_address` from one address (of IPv6, from one network of 64
    bits); further ones get a 503. One that sends no request, or not all of its headers, in
    `idle_seconds` is closed; of a body at least a kilobyte must come in each `body_seconds`, or its end.

    Raises `ConfigurationError` for a value out of its bounds.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=8000, validator=_port)
    data_dir: Path = attrs.field(converter=Path)
    projects_dir: Path | None = attrs.field(default=None, converter=_some_path)
    tokens: tuple[str, ...] = attrs.field(default=(), converter=_strings, repr=False, validator=_tokens)
    token_life_seconds: int = attrs.field(default=3600, validator=_at_least(1))
    refresh_tokens: bool = True
    slots: int = attrs.field(default=4, validator=_at_least(1))
    queue_size: int = attrs.field(default=100, validator=_at_least(0))
    llm: LLMSettings | None = None
    queue_timeout: float = attrs.field(default=300.0, validator=_at_least(0))
    pace_seconds: float = attrs.field(default=0.01, validator=_at_least(0))
    max_upload_bytes: int = attrs.field(default=100 * MEGABYTE, validator=_at_least(1))
    max_llm_upload_bytes: int = attrs.field(default=20 * MEGABYTE, validator=_at_least(1))
    share_uploads: bool = False
    index_file: Path | None = attrs.field(default=None, converter=_some_path)
    readers: int = attrs.field(factory=_usual_readers, validator=_at_least(1))
    reading_patience: float = attrs.field(default=10.0, validator=_at_least(0))
    ocr: bool = True
    allowed_hosts: tuple[str, ...] = attrs.field(default=(), converter=_host_names, validator=_allowed_hosts)
    failed_logins_per_minute: int = attrs.field(default=10, validator=_at_least(1))
    connections: int = attrs.field(default=800, validator=_at_least(1))
    connections_per_address: int = attrs.field(default=400, validator=_at_least(1))
    idle_seconds: float = attrs.field(default=75.0, validator=_at_least(0.001))
    body_seconds: float = attrs.field(default=30.0, validator=_at_least(0.001))
    version: str = attrs.field(factory=_own_version)
