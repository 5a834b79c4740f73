"""The client's configuration: the settings in force with their sources, and changes of the profile file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .. import output
from ..errors import CommandError, ExitCode
from ..framework import Choice, CommonOptions, Group, Option, argument, command, json_option
from ..language import N_, _

if TYPE_CHECKING:
    from ...header_fields import HeaderFields

NAMES = (
    "server_url",
    "timeout",
    "transport",
    "allow_insecure",
    "proxy",
    "ca_file",
    "client_certificate",
    "client_key",
    "headers",
    "max_connections",
)
"""The settings that a profile may have; written out, as help imports nothing."""
_PATHS = frozenset({"ca_file", "client_certificate", "client_key"})

_name = argument("name", type=Choice(NAMES), metavar=N_("SETTING"), help=N_("its name, as in the profile file"))


@command(
    "show",
    N_(
        "Show each setting and where it comes from\n\n"
        "An option goes before a variable of the environment, that before the profile file. Secrets are not shown."
    ),
)
@json_option
def show(common: CommonOptions, *, as_json: bool) -> None:
    from ...config import profile_path
    from ..config_rows import config_rows
    from ..tables import show_table

    rows, path = config_rows(common), str(profile_path())
    if as_json:
        settings = {row.name: {"value": row.value, "source": row.source, "place": row.place} for row in rows}
        output.as_json({"profile_file": path, "settings": settings})
        return
    place = "AIZOOMDOC_CONFIG_DIR" if os.environ.get("AIZOOMDOC_CONFIG_DIR") else _("default")
    show_table([*(row.cells for row in rows), (_("profile file"), path, place)], [_("Setting"), _("Value"), _("From")])


@command("path", N_("Print where the profile file is"))
def path(common: CommonOptions) -> None:
    from ...config import profile_path

    del common
    output.result(str(profile_path()))


@command(
    "set",
    N_("Save a setting in the profile\n\nThe static token is never in a profile: aizoomdoc login keeps it."),
)
@_name
@argument("value", nargs=-1, required=True, metavar=N_("VALUE"), help=N_("as its variable has it; several headers one by one"))
def set_(common: CommonOptions, *, name: str, value: tuple[str, ...]) -> None:
    from ..config_rows import secret_free, setting_text
    from ..login import profile_name
    from ..state_files import save_profile

    if len(value) > 1 and name != "headers":
        raise CommandError("one_value_only", ExitCode.USAGE, name=name)
    profile = profile_name(common)
    setting = _value(profile, name, value)
    save_profile(profile, **{name: _in_toml(setting)})
    output.result(f"{profile}: {name} = {setting_text(secret_free(name, setting))}")
    _warn_of_variable(name)


@command("unset", N_("Remove a setting from the profile"))
@_name
def unset(common: CommonOptions, *, name: str) -> None:
    from ..login import profile_name
    from ..state_files import unset_in_profile

    profile = profile_name(common)
    had = unset_in_profile(profile, name)
    output.result(
        (_("{profile}: {name} removed") if had else _("{profile}: {name} was not set")).format(profile=profile, name=name)
    )
    _warn_of_variable(name)


def _value(profile: str, name: str, words: tuple[str, ...]) -> Any:
    """The value that the words mean; raises `ConfigurationError` for an invalid one."""
    from ...addresses import checked_server_url
    from ...config import load_profile, profile_path, setting_of_words
    from ...transport.network import SYSTEM, is_word

    value = setting_of_words(name, "\n".join(words))
    if name == "server_url":
        saved = load_profile(profile_path(), profile)
        return checked_server_url(value, allow_insecure=bool(saved.get("allow_insecure")))
    if name == "proxy" and not is_word(value, "none"):
        from ...transport.proxies import named_proxy

        named_proxy(value)
    if name in _PATHS and not (name == "ca_file" and is_word(value, SYSTEM)):
        return str(Path(value).absolute())  # the profile is used from any folder
    return value


def _in_toml(value: Any) -> Any:
    """A value in the form of the profile file: TOML has no null."""
    from ...setting_values import NO_LIMIT

    if value is None:
        return NO_LIMIT
    if isinstance(value, tuple):
        import tomlkit

        table: Any = tomlkit.inline_table()
        table.update(cast("HeaderFields", value))
        return table
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _warn_of_variable(name: str) -> None:
    from ...config import variable_of

    if os.environ.get(variable := variable_of(name)):
        output.warning(_("{variable} is set and goes before the profile").format(variable=variable))


@click.pass_context
def _show_by_default(ctx: click.Context, /, **values: Any) -> None:
    if ctx.invoked_subcommand is None:
        ctx.invoke(show, **values)


config: Group = Group(
    "config",
    help=N_("Configuration: what is in force, and from where"),
    commands=[show, set_, unset, path],
    params=[Option(["--json", "as_json"], is_flag=True, help=N_("print JSON"))],
    callback=_show_by_default,
    invoke_without_command=True,
)
