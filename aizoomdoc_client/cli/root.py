"""The command ``aizoomdoc``: what it is made of, by name, so that ``--help`` imports none of it."""

from __future__ import annotations

from typing import Any

import click

from .. import __version__
from .errors import MEANINGS
from .framework import Group, Option
from .language import Text

COMMANDS: dict[str, tuple[str, Text]] = {
    "ask": (".commands.ask", Text("Спросить о документах и получить ответ", "Ask about documents and get an answer")),
    "chat": (".commands.chat", Text("Чаты: создать, спросить, посмотреть историю", "Chats: create, ask, look at the history")),
    "file": (".commands.file", Text("Файлы: загрузить, скачать", "Files: upload, download")),
    "projects": (".commands.projects", Text("Проекты: дерево, поиск, результаты", "Projects: tree, search, results")),
    "settings": (".commands.settings", Text("Настройки: модель и роль", "Settings: model and role")),
    "login": (".commands.account", Text("Войти на сервер", "Log in to a server")),
    "logout": (".commands.account", Text("Выйти и забыть токены", "Log out and forget the tokens")),
    "me": (".commands.account", Text("Кто вошёл и с какими настройками", "Who is logged in, and with which settings")),
    "health": (".commands.account", Text("Проверить, отвечает ли сервер", "See whether the server answers")),
    "serve": (".commands.serve", Text("Запустить локальный сервер", "Run a local server")),
}


class Root(Group):
    """The topmost group: its help ends with the exit codes."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the exit codes."""
        del ctx
        with formatter.section(str(Text("Коды завершения", "Exit codes"))):
            formatter.write_dl([(str(int(code)), str(meaning)) for code, meaning in MEANINGS.items()])


def _show_version(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    del parameter
    if value and not ctx.resilient_parsing:
        click.echo(f"aizoomdoc {__version__}")
        ctx.exit()


root: Root = Root(
    "aizoomdoc",
    said=Text(
        'Вопросы к строительной документации в терминале.\n\nПопробовать без сервера: aizoomdoc ask ФАЙЛ.pdf "ВОПРОС" --local',
        "Questions about construction documents, at a terminal.\n\n"
        'To try it without any server: aizoomdoc ask FILE.pdf "QUESTION" --local',
    ),
    later=COMMANDS,
    params=[
        Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            said=Text("версия", "the version"),
        )
    ],
)
