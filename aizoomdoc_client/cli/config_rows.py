"""The settings in force as rows for users: names, values without secrets, and the source of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import attrs

from ..config import Origin, SettingInForce, settings_in_force
from ..exceptions import ConfigurationError
from ..setting_values import NO_LIMIT
from ..transport.network import DIRECT, is_word
from ..transport.proxies import named_proxy, proxy_for
from .framework import CommonOptions
from .language import N_, _

HIDDEN = "********"
"""Shown in place of a secret, whatever its length."""
_OPTIONS = {"server_url": "--server", "headers": "--header"}
"""Options whose names differ from those of their settings."""


@attrs.frozen
class ConfigRow:
    """A setting: its `value` without secrets, None where it is not set, and its `source`.

    `source` is an `Origin`, ``login``, or ``environment`` for settings of other programs, too, such as variables of OpenSSL.
    `place` is the name of the option, variable or profile.
    """

    name: str
    value: Any
    source: str
    place: str | None = None

    @property
    def cells(self) -> Sequence[object]:
        """The row of a table."""
        value = "—" if self.value is None else setting_text(self.value)
        if self.source == "profile":
            return self.name, value, _("profile {name}").format(name=self.place)
        return self.name, value, self.place or _(_PLACES[self.source])


_PLACES: Mapping[str, str] = {
    "default": N_("default"),
    "login": N_("the saved login"),
    "environment": N_("the system's proxy settings"),
}


def config_rows(common: CommonOptions) -> list[ConfigRow]:
    """A row for each setting of a command with these options; raises `ConfigurationError` where one cannot be used."""
    arguments: dict[str, Any] = {"server_url": common.server, "profile": common.profile, **common.network}
    found = {setting.name: setting for setting in settings_in_force(**arguments)}
    rows = [_row(setting, found) for setting in found.values()]
    return [replaced for row in rows for replaced in _replace_default(row, found)]


def secret_free(name: str, value: Any) -> Any:
    """The value of a setting without secrets."""
    if value is None or (name == "proxy" and is_word(value, DIRECT)):
        return value
    if name == "static_token":
        return HIDDEN
    if name == "proxy":
        return _proxy_address(value)
    return dict.fromkeys(dict(value), HIDDEN) if name == "headers" else value


def _proxy_address(value: str) -> str:
    """The proxy without its login; nothing of a malformed one, because any part of it may be a password."""
    try:
        proxy = named_proxy(value)
    except ConfigurationError:
        return HIDDEN
    return f"{proxy.scheme}://{HIDDEN}@{proxy.address.partition('://')[2]}" if proxy.authorization() else proxy.address


def _row(setting: SettingInForce, found: Mapping[str, SettingInForce]) -> ConfigRow:
    value = secret_free(setting.name, setting.value)
    if setting.name == "timeout" and value is None:
        value = NO_LIMIT
    places: Mapping[Origin, str | None] = {
        "argument": _OPTIONS.get(setting.name, "--" + setting.name.replace("_", "-")),
        "variable": setting.variable,
        "profile": found["profile"].value,
        "default": None,
    }
    return ConfigRow(setting.name, value or None if setting.name == "headers" else value, setting.origin, places[setting.origin])


def _replace_default(row: ConfigRow, found: Mapping[str, SettingInForce]) -> Iterator[ConfigRow]:
    """The row; a default is replaced by the value of other programs' variables, the system or a saved login."""
    server = found["server_url"].value
    if row.source != "default" or server is None:
        yield row
    elif row.name == "static_token" and _is_saved(server, found["profile"].value):
        yield ConfigRow(row.name, HIDDEN, "login")
    elif row.name == "proxy" and (proxy := proxy_for(server)) is not None:
        yield ConfigRow(row.name, _proxy_address(proxy.url()), "environment")
    elif row.name == "ca_file" and (name := next(filter(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")), None)):
        yield ConfigRow(row.name, os.environ[name], "environment", name)
    else:
        yield row


def _is_saved(server: str, profile: str) -> bool:
    from ..storage import TokenKey, default_token_store

    saved = default_token_store().load(TokenKey.of_profile(server, profile))
    return saved is not None and saved.static_token is not None


def setting_text(value: Any) -> str:
    """A value in the form of an environment variable."""
    if value is None:
        return NO_LIMIT
    if isinstance(value, dict):
        value = cast("dict[str, Any]", value)
        return ", ".join(f"{name}: {text}" for name, text in value.items())
    if isinstance(value, bool):
        return str(value).lower()  # as the profile file has it
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)
