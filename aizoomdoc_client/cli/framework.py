"""click's commands, options and arguments with texts in two languages."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .errors import warnings_as_lines
from .language import LANGUAGES, Text

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient

_META = "aizoomdoc_client.cli"


class ClosedPipeError(Exception):
    """Nobody reads what is written any more; a class of its own, because click has ideas of its own about pipes."""


class StoppedError(Exception):
    """Ctrl-C ended a command; a class of its own, because click would print an empty line."""


class CommonOptions(NamedTuple):
    """The server and the profile named on the command line; None leaves them to the environment and the profile file."""

    server: str | None = None
    profile: str | None = None

    def client(self) -> AsyncAIZoomDocClient:
        """The client of whoever logged in."""
        from ..client import AsyncAIZoomDocClient

        return AsyncAIZoomDocClient(self.server, profile=self.profile)


def setting(ctx: click.Context, name: str) -> Any:
    """What a common option said, wherever on the command line it stood."""
    return ctx.meta.get(f"{_META}.{name}")


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    if value is not None:
        ctx.meta[f"{_META}.{parameter.name}"] = value
    return value


class Option(click.Option):
    """An option whose help is a `Text`."""

    def __init__(self, *args: Any, said: Text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said = said

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and its help, in the language in force."""
        self.help: str | None = str(self.said)
        return super().get_help_record(ctx)


class Argument(click.Argument):
    """An argument that is shown by a `Text`, and explained by another."""

    def __init__(self, *args: Any, shown: Text, said: Text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = shown
        self.said = said

    def make_metavar(self, ctx: click.Context | None = None) -> str:
        """The argument's name, in the language in force; with ``[]`` where it may be left out, ``...`` where it may repeat."""
        del ctx
        repeated = "..." if self.nargs != 1 else ""
        return f"{self.shown}{repeated}" if self.required else f"[{self.shown}{repeated}]"


def option(*names: str, said: Text, **kwargs: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `click.option`, with help in both languages."""
    return click.option(*names, cls=Option, said=said, **kwargs)


def argument(name: str, *, shown: Text, said: Text, **kwargs: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `click.argument`, with a name and help in both languages."""
    return click.argument(name, cls=Argument, shown=shown, said=said, **kwargs)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--json`` of what lists or shows data."""
    return option("--json", "as_json", is_flag=True, said=Text("вывести JSON", "print JSON"))(function)


def common_options() -> list[click.Parameter]:
    """The options that every command has, and that may as well stand before it."""
    shared: dict[str, Any] = {"callback": _remember, "expose_value": False}
    return [
        Option(["--server"], metavar="URL", said=Text("адрес сервера", "the server's address"), **shared),
        Option(
            ["--profile"],
            metavar="NAME",
            said=Text("профиль: другой вход, другой сервер", "another login, another server"),
            **shared,
        ),
        Option(["--lang"], type=click.Choice(LANGUAGES), said=Text("язык сообщений", "the language of messages"), **shared),
    ]


class Command(click.Command):
    """A command whose help is a `Text`; its first line stands in the list of commands."""

    def __init__(self, *args: Any, said: Text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said = said
        self.common: list[click.Parameter] = common_options()
        self.params.extend(self.common)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first line of the help."""
        del limit
        return str(self.said).partition("\n")[0]

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What stands behind the command's name in the line that shows its use."""
        self.options_metavar: str | None = str(Text("[ПАРАМЕТРЫ]", "[OPTIONS]"))
        return super().collect_usage_pieces(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes how the command is used."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=str(Text("Использование: ", "Usage: ")))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what the command does."""
        self.help: str | None = str(self.said)
        super().format_help_text(ctx, formatter)

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: older versions of click do not know this place, so `format_options` writes the arguments."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes arguments, options, and the options that all commands have."""
        arguments = [(param.make_metavar(ctx), str(param.said)) for param in self.params if isinstance(param, Argument)]
        own = [param for param in self.params if not isinstance(param, click.Argument) and param not in self.common]
        shared = [*self.common, *([help_option] if (help_option := self.get_help_option(ctx)) else [])]
        for title, rows in (
            (Text("Аргументы", "Arguments"), arguments),
            (Text("Параметры", "Options"), _records(ctx, own)),
            (Text("Общие параметры", "Common options"), _records(ctx, shared)),
        ):
            _write_section(formatter, title, rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's own ``--help``."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = str(Text("эта справка", "this help"))
        return found


def _records(ctx: click.Context, params: Sequence[click.Parameter]) -> list[tuple[str, str]]:
    return [record for param in params if (record := param.get_help_record(ctx)) is not None]


def _write_section(formatter: click.HelpFormatter, title: Text, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(str(title)):
            formatter.write_dl(rows)


class Group(Command, click.Group):
    """A group of commands, in the order given; those of `later` are imported when they are needed.

    `later` has for each name the module below this package and the command's own help, so that listing imports nothing.
    """

    def __init__(self, *args: Any, said: Text, later: Mapping[str, tuple[str, Text]] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("no_args_is_help", True)
        super().__init__(*args, said=said, **kwargs)
        self.later: Mapping[str, tuple[str, Text]] = later or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        del ctx
        return [*self.later, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name in self.later and cmd_name not in self.commands:
            module = import_module(self.later[cmd_name][0], __package__)
            found: click.Command = getattr(module, cmd_name.replace("-", "_"))
            return found
        return super().get_command(ctx, cmd_name)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What stands behind the group's name."""
        self.subcommand_metavar: str = str(Text("КОМАНДА [АРГУМЕНТЫ]...", "COMMAND [ARGS]..."))
        return super().collect_usage_pieces(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options and the commands."""
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands, without importing those that come later."""
        del ctx
        rows = [(name, str(said).partition("\n")[0]) for name, (_, said) in self.later.items()]
        rows += [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        _write_section(formatter, Text("Команды", "Commands"), rows)


def command(name: str, said: Text) -> Callable[[Callable[..., Coroutine[Any, Any, None] | None]], Command]:
    """Makes a command of a function of `CommonOptions` and the parameters; a coroutine function is run to its end."""

    def decorate(function: Callable[..., Coroutine[Any, Any, None] | None]) -> Command:
        @click.pass_context
        @functools.wraps(function)
        def call(ctx: click.Context, /, **values: Any) -> None:
            common = CommonOptions(server=setting(ctx, "server"), profile=setting(ctx, "profile"))
            try:
                with warnings_as_lines():
                    doing = function(common, **values)
                    if inspect.iscoroutine(doing):
                        run(doing)
            except BrokenPipeError:
                raise ClosedPipeError from None
            except KeyboardInterrupt:
                raise StoppedError from None

        return click.command(name, cls=Command, said=said)(call)

    return decorate


def run(doing: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives; Ctrl-C cancels it. Whatever blocks for the user's typing stays outside, or Ctrl-C would wait."""
    import asyncio

    return asyncio.run(doing)


def group(name: str, said: Text, *commands: click.Command) -> Group:
    """A group of the commands given."""
    made = Group(name, said=said)
    for item in commands:
        made.add_command(item)
    return made
