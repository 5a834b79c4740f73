"""Base classes of commands: click's, with texts translated when they are shown, and the options that every command has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .errors import warnings_as_lines
from .language import LANGUAGES, N_, _
from .signals import cancelled_by_signals, raise_if_received

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient

_META = "aizoomdoc_client.cli"
T = TypeVar("T")


class CommonOptions:
    """The options of the command line for the server, the profile and the network.

    A value of None, and a setting that is not in `network`, is taken from the environment or the profile file.
    """

    def __init__(self, server: str | None, profile: str | None, network: Mapping[str, Any] | None = None) -> None:
        self.server: str | None = server
        self.profile: str | None = profile
        self.network: dict[str, Any] = dict(network or {})

    def client(self) -> AsyncAIZoomDocClient:
        """A client with these options and the saved login."""
        from ..client import AsyncAIZoomDocClient

        return AsyncAIZoomDocClient(self.server, profile=self.profile, **self.network)


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
        return " / ".join(self.opts)


class Argument(click.Argument):
    """An argument with help, its texts translated."""

    help: Any = _Translated()
    metavar: Any = _Translated()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        text = kwargs.pop("help")
        super().__init__(*args, **kwargs)
        self.help = text  # click has no help of arguments before 8.5

    def make_metavar(self, ctx: click.Context | None = None) -> str:
        """The argument's name, in ``[]`` where it is optional, with ``...`` where it may repeat."""
        shown = f"{self.metavar}..." if self.nargs != 1 else str(self.metavar)
        return shown if self.required else f"[{shown}]"

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(), self.help

    def get_error_hint(self, ctx: click.Context | None) -> str:
        return str(self.metavar)


option: Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]] = functools.partial(click.option, cls=Option)
"""As `click.option`; `help` and `metavar` are English texts that are translated when they are shown."""
argument: Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]] = functools.partial(click.argument, cls=Argument)
"""As `click.argument`, with `help` and `metavar` as `option` takes them."""
json_option: Callable[[Callable[..., Any]], Callable[..., Any]] = option("--json", "as_json", is_flag=True, help=N_("print JSON"))
"""The option ``--json`` of what lists or shows data."""


class Choice(click.Choice[str]):
    """One of several words; the error for another word lists them without quotes."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        return _("“{value}” is none of {choices}").format(value=value, choices=", ".join(self.choices))


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of an option: a whole number from `low` to `high`, or without an upper limit."""

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


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, ()):
        ctx.meta[f"{_META}.{parameter.name}"] = value


def _write_records(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    del ctx, parameter
    if value:
        import logging

        from ..logs import write_records

        write_records(logging.DEBUG)


_NETWORK = [
    Option(["--proxy"], metavar="URL", help=N_("an HTTP proxy; none for no proxy"), callback=_remember, expose_value=False),
    Option(
        ["--ca-file"],
        metavar=N_("PATH"),
        help=N_("certificates to trust, in PEM; system for the operating system's"),
        callback=_remember,
        expose_value=False,
    ),
    Option(
        ["--client-certificate"],
        metavar=N_("PATH"),
        help=N_("a certificate that is shown to the server"),
        callback=_remember,
        expose_value=False,
    ),
    Option(["--client-key"], metavar=N_("PATH"), help=N_("the key of that certificate"), callback=_remember, expose_value=False),
    Option(
        ["--header", "headers"],
        metavar=N_("NAME:VALUE"),
        multiple=True,
        help=N_("a header for the server's requests; can be repeated"),
        callback=_remember,
        expose_value=False,
    ),
    Option(
        ["--max-connections"],
        metavar=N_("NUMBER"),
        type=whole_number(1),
        help=N_("how many connections requests share at most"),
        callback=_remember,
        expose_value=False,
    ),
]
"""The options about the network: settings of the client, by their names."""
_COMMON = [
    Option(["--server"], metavar="URL", help=N_("the server's address"), callback=_remember, expose_value=False),
    Option(["--profile"], metavar=N_("NAME"), help=N_("another login, another server"), callback=_remember, expose_value=False),
    Option(["--lang"], type=Choice(LANGUAGES), help=N_("the language of messages"), callback=_remember, expose_value=False),
    Option(
        ["--verbose", "-v"],
        is_flag=True,
        help=N_("show requests, waits and retries on standard error"),
        callback=_write_records,
        expose_value=False,
    ),
    *_NETWORK,
]
"""The options that every command has; they may also precede its name."""


class Command(click.Command):
    """A command whose texts are translated; it accepts the common options anywhere on the line."""

    help: Any = _Translated()
    options_metavar: Any = _Translated()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options_metavar = N_("[OPTIONS]")
        self.params.extend(_COMMON)

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes nothing: click does not call this before 8.5, so `format_options` writes the arguments."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [each for each in self.params if each not in _COMMON]
        sections: list[tuple[str, list[click.Parameter]]] = [
            (_("Arguments"), [each for each in own if isinstance(each, Argument)]),
            (_("Options"), [each for each in own if isinstance(each, Option)]),
            (_("Common options"), [each for each in self.get_params(ctx) if each not in own]),
        ]
        for title, params in sections:
            _write_section(formatter, title, [row for each in params if (row := each.get_help_record(ctx)) is not None])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's own ``--help``, whose text click would keep in the language of the first call."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = _("Show this message and exit.")
        return found


class Group(Command, click.Group):
    """A group of commands, in the order in which they are given."""

    subcommand_metavar: Any = _Translated()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subcommand_metavar = N_("COMMAND [ARGS]...")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


class LazyGroup(Group):
    """A group whose commands are imported when one of them is called.

    `modules` has for each command its module below this package and the first line of its help, so that listing imports nothing.
    """

    def __init__(self, *args: Any, modules: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        found: click.Command = getattr(import_module(self._modules[cmd_name][0], __package__), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_section(formatter, _("Commands"), [(name, _(line)) for name, (_module, line) in self._modules.items()])


def _write_section(formatter: click.HelpFormatter, title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _network(ctx: click.Context) -> dict[str, Any]:
    """The settings of the network on the command line."""
    named = ((each.name, ctx.meta.get(f"{_META}.{each.name}")) for each in _NETWORK)
    given = {name: value for name, value in named if value is not None}
    if "headers" in given:
        from ..header_fields import header_lines

        given["headers"] = header_lines("--header", "\n".join(given["headers"]))
    return given


def command(name: str, text: str) -> Callable[[Callable[..., Coroutine[Any, Any, None] | None]], Command]:
    """Makes a command of a function, which is called with `CommonOptions` and the parameters; a coroutine is run to its end."""

    def decorate(function: Callable[..., Coroutine[Any, Any, None] | None]) -> Command:
        @click.pass_context
        @functools.wraps(function)
        def call(ctx: click.Context, /, **values: Any) -> None:
            common = CommonOptions(ctx.meta.get(f"{_META}.server"), ctx.meta.get(f"{_META}.profile"), _network(ctx))
            with warnings_as_lines():
                running = function(common, **values)
                if inspect.iscoroutine(running):
                    run(running)

        return click.command(name, cls=Command, help=text)(call)

    return decorate


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, which Ctrl-C cancels. It must not block for the user's input: Ctrl-C would wait for that."""
    import asyncio

    try:
        raise_if_received()
    except KeyboardInterrupt:
        coroutine.close()
        raise
    try:
        return asyncio.run(_unless_interrupted(coroutine))
    except asyncio.CancelledError:
        raise_if_received()
        raise


async def _unless_interrupted(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine; a signal before the loop handles Ctrl-C ends it before its first step."""
    try:
        raise_if_received()
    except KeyboardInterrupt:
        coroutine.close()
        raise
    with cancelled_by_signals():
        return await coroutine
