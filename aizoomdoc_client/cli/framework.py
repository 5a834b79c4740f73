"""What commands are made of: click's classes with texts translated when they are shown, and the options of every command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from gettext import gettext as _
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .errors import warnings_as_lines
from .language import LANGUAGES, N_

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient

_META = "aizoomdoc_client.cli"


class CommonOptions(NamedTuple):
    """The server and the profile named on the command line; None leaves them to the environment and the profile file."""

    server: str | None = None
    profile: str | None = None

    def client(self) -> AsyncAIZoomDocClient:
        """The client of whoever logged in."""
        from ..client import AsyncAIZoomDocClient

        return AsyncAIZoomDocClient(self.server, profile=self.profile)


class _Translated:
    """An attribute that is set to an English text and read in the language in force."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_english_{name}"

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        text = getattr(instance, self._name, None)
        return _(text) if text else text

    def __set__(self, instance: object, text: str | None) -> None:
        setattr(instance, self._name, text)


class Option(click.Option):
    """An option whose texts are translated."""

    help: Any = _Translated()
    metavar: Any = _Translated()

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """The option's names, as they are typed."""
        del ctx
        return " / ".join(self.opts)


class Argument(click.Argument):
    """An argument with help, its texts translated."""

    help: Any = _Translated()
    metavar: Any = _Translated()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        text = kwargs.pop("help")
        super().__init__(*args, **kwargs)
        self.help = text  # before 8.5 arguments of click have none

    def make_metavar(self, ctx: click.Context | None = None) -> str:
        """The argument's name; with ``[]`` where it may be left out, ``...`` where it may repeat."""
        del ctx
        shown = f"{self.metavar}..." if self.nargs != 1 else str(self.metavar)
        return shown if self.required else f"[{shown}]"

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """The argument's name."""
        del ctx
        return str(self.metavar)


class Choice(click.Choice[str]):
    """One of several words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Names the wrong word and the right ones."""
        del ctx
        return _("“{value}” is none of {choices}").format(value=value, choices=", ".join(self.choices))

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Names the words."""
        del param, ctx
        return _("Choose from {choices}").format(choices=", ".join(self.choices))


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of a whole number from `low` on, up to `high` if that is given."""

    def convert(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise click.BadParameter(_("“{value}” is no whole number").format(value=value)) from None
        if number < low:
            raise click.BadParameter(_("{value} is less than {low}").format(value=value, low=low))
        if high is not None and number > high:
            raise click.BadParameter(_("{value} is more than {high}").format(value=value, high=high))
        return number

    return convert


class Command(click.Command):
    """A command whose texts are translated; it takes the common options, wherever on the line they stand."""

    help: Any = _Translated()
    options_metavar: Any = _Translated()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options_metavar = N_("[OPTIONS]")
        self.common: list[click.Parameter] = _common_options()
        self.params.extend(self.common)

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: before 8.5 click does not call this, so `format_options` writes the arguments."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes arguments, options, and the options that all commands have."""
        arguments = [param for param in self.params if isinstance(param, Argument)]
        shared = [*self.common, self.get_help_option(ctx)]
        own = [param for param in self.params if param not in shared and param not in arguments]
        _write_section(formatter, _("Arguments"), [(each.make_metavar(ctx), each.help) for each in arguments])
        _write_section(formatter, _("Options"), _help_records(ctx, own))
        _write_section(formatter, _("Common options"), _help_records(ctx, shared))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's own ``--help``, which it keeps in the language of the first call."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = _("Show this message and exit.")
        return found


class Group(Command, click.Group):
    """A group of commands, in the order in which they were added."""

    subcommand_metavar: Any = _Translated()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subcommand_metavar = N_("COMMAND [ARGS]...")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        del ctx
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options and the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


class LazyGroup(Group):
    """A group whose commands are imported when one of them is called.

    `modules` has for each command the module below this package and the first line of its help, so that listing imports nothing.
    """

    def __init__(self, *args: Any, modules: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        del ctx
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        del ctx
        if cmd_name not in self._modules:
            return None
        found: click.Command = getattr(import_module(self._modules[cmd_name][0], __package__), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands with the first lines of their help."""
        del ctx
        _write_section(formatter, _("Commands"), [(name, _(line)) for name, (_module, line) in self._modules.items()])


def _help_records(ctx: click.Context, params: Sequence[click.Parameter | None]) -> list[tuple[str, str]]:
    return [record for param in params if param is not None and (record := param.get_help_record(ctx)) is not None]


def _write_section(formatter: click.HelpFormatter, title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _common_options() -> list[click.Parameter]:
    """The options that every command has, and that may as well stand before it."""

    def remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            ctx.meta[f"{_META}.{parameter.name}"] = value

    shared: dict[str, Any] = {"callback": remember, "expose_value": False}
    return [
        Option(["--server"], metavar="URL", help=N_("the server's address"), **shared),
        Option(["--profile"], metavar=N_("NAME"), help=N_("another login, another server"), **shared),
        Option(["--lang"], type=Choice(LANGUAGES), help=N_("the language of messages"), **shared),
    ]


def option(*names: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `click.option`; `help` and `metavar` are English texts that are translated when they are shown."""
    return click.option(*names, cls=Option, **attributes)


def argument(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `click.argument`, with `help` and `metavar` as `option` takes them."""
    return click.argument(name, cls=Argument, **attributes)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--json`` of what lists or shows data."""
    return option("--json", "as_json", is_flag=True, help=N_("print JSON"))(function)


def command(name: str, text: str) -> Callable[[Callable[..., Coroutine[Any, Any, None] | None]], Command]:
    """Makes a command of a function of `CommonOptions` and the parameters; a coroutine function is run to its end."""

    def decorate(function: Callable[..., Coroutine[Any, Any, None] | None]) -> Command:
        @click.pass_context
        @functools.wraps(function)
        def call(ctx: click.Context, /, **values: Any) -> None:
            common = CommonOptions(ctx.meta.get(f"{_META}.server"), ctx.meta.get(f"{_META}.profile"))
            with warnings_as_lines():
                running = function(common, **values)
                if inspect.iscoroutine(running):
                    run(running)

        return click.command(name, cls=Command, help=text)(call)

    return decorate


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives; Ctrl-C cancels it. Whatever blocks for the user's typing stays outside, or Ctrl-C would wait."""
    import asyncio

    return asyncio.run(coroutine)


def group(name: str, text: str, *commands: click.Command) -> Group:
    """A group of the commands given."""
    made = Group(name, help=text, no_args_is_help=True)
    for each in commands:
        made.add_command(each)
    return made
