"""The command ``aizoomdoc``: which commands there are, by name, so that ``--help`` imports none of them."""

from __future__ import annotations

from typing import Any

import click

from .. import __version__
from .errors import ExitCode
from .framework import LazyGroup, Option
from .language import N_, _

COMMANDS = {
    "ask": (".commands.ask", N_("Ask about documents and get an answer")),
    "chat": (".commands.chat", N_("Chats: create, ask, look at the history")),
    "file": (".commands.file", N_("Files: upload, download")),
    "batch": (".commands.batch", N_("Jobs: the same questions to many documents")),
    "projects": (".commands.projects", N_("Projects: tree, search, results")),
    "settings": (".commands.settings", N_("Settings: model and role")),
    "config": (".commands.config", N_("Configuration: what is in force, and from where")),
    "login": (".commands.account", N_("Log in to a server")),
    "logout": (".commands.account", N_("Log out and forget the tokens")),
    "me": (".commands.account", N_("Who is logged in, and with which settings")),
    "health": (".commands.account", N_("See whether the server answers")),
    "serve": (".commands.serve", N_("Run a local server")),
}
"""Each command's module, and the first line of its help."""


class Root(LazyGroup):
    """The topmost group: its help ends with the exit codes."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section(_("Exit codes")):
            formatter.write_dl([(str(int(code)), _(code.meaning)) for code in ExitCode])


def _show_version(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    del parameter
    if value and not ctx.resilient_parsing:
        click.echo(f"aizoomdoc {__version__}")
        ctx.exit()


root: Root = Root(
    "aizoomdoc",
    help=N_(
        "Questions about construction documents, at a terminal.\n\n"
        'To try it without any server: aizoomdoc ask FILE.pdf "QUESTION" --local'
    ),
    modules=COMMANDS,
    no_args_is_help=True,
    params=[
        Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help=N_("the version"))
    ],
)
