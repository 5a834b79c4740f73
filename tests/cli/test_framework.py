"""Help, and errors of use: what click says, in the language that is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from aizoomdoc_client.cli.framework import Command
from aizoomdoc_client.cli.language import speaking
from aizoomdoc_client.cli.root import COMMANDS, root
from tests.cli.program import Program

ENGLISH = re.compile(r"(?<![\w«/-])[A-Za-z]{2,}(?![\w/])")
"""An English word that is no part of a name, an option or a path."""
NAMES = {
    "aizoomdoc",
    "Dask",
    "DOCX",
    "XLSX",
    "API",
    "OpenAI",
    "URL",
    "ID",
    "IP",
    "JSON",
    "PDF",
    "Markdown",
    "HTML",
    "Ctrl",
    "http",
    "tls",
    "simple",
    "complex",
    "ru",
    "en",
}
NAMES |= {
    "SIGHUP",
    "SIGTERM",
    "pdf",
    "md",
    "csv",
    "jsonl",
    "html",
    "xlsx",
    "toml",
    "plans",
    "auto",
    "batch",
    "TOML",
    "CSV",
    "JSONL",
    "XLSX",
    "HTTP",
    "PEM",
    "none",
    "system",
}


def english(text: str) -> set[str]:
    """The English words of a text that should be Russian."""
    for name in sorted((name for name, _ in walk()), key=len, reverse=True):
        text = re.sub(rf"\b{name}\b", "", text)
    return set(ENGLISH.findall(text)) - NAMES


def walk(command: Command = root, ctx: click.Context | None = None) -> Iterator[tuple[str, click.Context]]:
    """Each command with its context."""
    ctx = ctx or click.Context(command, info_name="aizoomdoc")
    yield command.name or "", ctx
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert isinstance(below, Command)
            yield from walk(below, click.Context(below, info_name=name, parent=ctx))


def test_every_help_page_is_in_russian() -> None:
    """No English word is left in the help of any command: not in metavars, not in click's own words."""
    with speaking("ru"):
        pages = {ctx.command_path: ctx.get_help() for _, ctx in walk()}

    assert {} == {path: found for path, page in pages.items() if (found := english(page.replace(path, "")))}


def test_every_help_page_is_in_english() -> None:
    """No Russian word is left, where English is asked for."""
    with speaking("en"):
        pages = [ctx.get_help() for _, ctx in walk()]

    assert [] == [page for page in pages if re.search("[а-яё]", page, re.IGNORECASE)]


def test_every_command_has_help_for_all_it_takes() -> None:
    """Each command, argument and option says what it is for, and takes the options that all have."""
    silent = [
        (ctx.command_path, param.name)
        for _, ctx in walk()
        for param in ctx.command.get_params(ctx)
        if not getattr(param, "help", None)
    ]
    lacking = [ctx.command_path for _, ctx in walk() if not {"server", "profile", "lang"} <= {p.name for p in ctx.command.params}]

    assert ([], []) == (silent, lacking)
    assert all(ctx.command.help for _, ctx in walk())


def test_the_list_of_commands_says_what_they_say_of_themselves() -> None:
    """The line that stands in the list, where nothing is imported, is the first one of the command's own help."""
    context = click.Context(root)

    assert {name: line for name, (_, line) in COMMANDS.items()} == {
        name: str(getattr(root.get_command(context, name), "help", "")).partition("\n")[0] for name in COMMANDS
    }


@pytest.mark.parametrize(
    ("arguments", "russian", "plain"),
    [
        (["sned"], "нет такой команды: sned", "No such command 'sned'"),
        (["chat"], None, None),
        (["chat", "send"], "не хватает аргумента ВОПРОС", "Missing argument QUESTION"),
        (["file", "upload"], "не хватает аргумента ФАЙЛ", "Missing argument FILE"),
        (["chat", "send", "a", "b"], "лишний аргумент: b", "Got unexpected extra argument (b)"),
        (["chat", "send", "a", "b", "c"], "лишние аргументы: b c", "Got unexpected extra arguments (b c)"),
        (["chat", "send", "--quux"], "нет такого параметра: --quux", None),
        (["chat", "--profil", "x"], "нет такого параметра: --profil (возможно, --profile, --proxy)", None),
        (["chat", "list", "--limit"], "параметру --limit нужно значение", "Option '--limit' requires an argument"),
        (["chat", "list", "--json=1"], "параметру --json не нужно значение", "Option '--json' does not take a value"),
        (["chat", "list", "--limit", "x"], "--limit: «x» — не целое число", "Invalid value for --limit: “x” is no whole number"),
        (["chat", "list", "--limit", "0"], "--limit: нужно не меньше 1, а не 0", "Invalid value for --limit: 0 is less than 1"),
        (
            ["serve", "--port", "65536"],
            "--port: нужно не больше 65535, а не 65536",
            "Invalid value for --port: 65536 is more than 65535",
        ),
        (["serve", "--pace", "x"], "--pace: «x» — не число", None),
        (["projects", "search", "x"], "не хватает параметра --client-id", "Missing option --client-id"),
        (
            ["settings", "set-model"],
            "не хватает аргумента РЕЖИМ. Можно: simple, complex",
            "Missing argument MODE. Choose from: simple, complex",
        ),
        (
            ["settings", "set-model", "fast"],
            "РЕЖИМ: «fast» не подходит, можно: simple, complex",
            "Invalid value for MODE: “fast” is none of simple, complex",
        ),
        (
            ["me", "--lang", "de"],
            "--lang: «de» не подходит, можно: ru, en",
            "Invalid value for --lang: “de” is none of ru, en",
        ),
        (["chat", "send", "?", "--file", "нет.pdf"], "--file: нет файла «нет.pdf»", None),
        (["file", "upload", "tests"], "ФАЙЛ: «tests» — папка, а не файл", None),
    ],
    ids=lambda value: "-".join(value[-2:]) if isinstance(value, list) else "",
)
def test_errors_of_use_are_one_line(program: Program, arguments: list[str], russian: str | None, plain: str | None) -> None:
    """Whatever is wrong with a command line: one line says so, in words without Python's quotes, and one names the help."""
    told = [program(*arguments, env={"AIZOOMDOC_LANG": language}) for language in ("ru", "en")]

    assert [2, 2] == [outcome.code for outcome in told]
    if russian:
        assert (f"Ошибка: {russian}", []) == (told[0].errors[0], [line for line in told[0].errors[1:] if "Справка: " not in line])
    if plain:
        assert f"Error: {plain}" == told[1].errors[0]
