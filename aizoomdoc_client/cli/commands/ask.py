"""One question about documents, with a chat of its own."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import output
from ..display import Style, display_options, question_text, show_answer, title_of
from ..errors import CommandError, ExitCode
from ..framework import CommonOptions, argument, command, option, run
from ..language import Text, count

if TYPE_CHECKING:
    from ...client import AsyncAIZoomDocClient

_PACE = 0.002
"""Seconds between two pieces of an answer for somebody who watches."""


@command(
    "ask",
    Text(
        "Спросить о документах и получить ответ\n\n"
        "Файлы отправляются на сервер, на который вы вошли; с --local вопрос решается на этом компьютере, без настройки и входа.",
        "Ask about documents and get an answer\n\n"
        "The files go to the server you are logged in to; with --local the question stays on this machine, without any login.",
    ),
)
@argument(
    "files",
    nargs=-1,
    type=click.Path(path_type=Path),
    shown=Text("ФАЙЛ", "FILE"),
    said=Text("документы: PDF, Markdown, HTML, текст", "documents: PDF, Markdown, HTML, text"),
)
@argument(
    "question",
    shown=Text("ВОПРОС", "QUESTION"),
    said=Text("вопрос; - читает его из стандартного ввода", "the question; - reads it from standard input"),
)
@option(
    "--local",
    is_flag=True,
    said=Text("без сервера: искать ответ на этом компьютере", "without a server: find the answer on this machine"),
)
@option(
    "--projects",
    type=click.Path(path_type=Path),
    metavar="DIR",
    said=Text("с --local: папка с документами", "with --local: a folder of documents"),
)
@display_options
def ask(
    common: CommonOptions,
    *,
    files: tuple[Path, ...],
    question: str,
    local: bool,
    projects: Path | None,
    style: Style | None,
    show_thinking: bool,
) -> None:
    """Asks a question."""
    text = question_text(question)
    _check(files, text, local=local, projects=projects)
    run(_ask(common, files, text, local=local, projects=projects, style=style, show_thinking=show_thinking))


def _check(files: Sequence[Path], question: str, *, local: bool, projects: Path | None) -> None:
    """Raises `CommandError` for what cannot be asked."""
    if projects is not None and not local:
        raise CommandError(
            str(Text("--projects имеет смысл только с --local", "--projects goes with --local only")), ExitCode.USAGE
        )
    if not files and projects is None and (local or Path(question).exists()):
        raise CommandError(
            str(Text("нужны документ и вопрос", "a document and a question are needed")),
            ExitCode.USAGE,
            hint=str(Text('aizoomdoc ask ФАЙЛ "ВОПРОС"', 'aizoomdoc ask FILE "QUESTION"')),
        )
    for file in files:
        if file.is_dir():
            raise CommandError(
                Text("«{file}» — папка", "“{file}” is a folder").of(file=file),
                ExitCode.USAGE,
                hint=str(
                    Text("Папку можно искать так: --projects ПАПКА --local", "A folder is searched with --projects DIR --local")
                ),
            )
        if not file.exists():
            raise CommandError(Text("файла «{file}» нет", "there is no file “{file}”").of(file=file), ExitCode.USAGE)


async def _ask(
    common: CommonOptions,
    files: Sequence[Path],
    question: str,
    *,
    local: bool,
    projects: Path | None,
    style: Style | None,
    show_thinking: bool,
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        if local:
            await asyncio.to_thread(_read_first, files)
            client = await stack.enter_async_context(_local_client(projects))
        else:
            client = await stack.enter_async_context(_logged_in(common))
            _name(files)
        chat = await client.create_chat(title_of(question))
        await show_answer(client.send_message(chat, question, files=files), style, show_thinking=show_thinking)


def _logged_in(common: CommonOptions) -> AsyncAIZoomDocClient:
    """The client of whoever logged in; raises `CommandError` that tells of ``--local`` where there is no server."""
    from ...exceptions import ConfigurationError
    from ..errors import line_of

    try:
        return common.client()
    except ConfigurationError as error:
        hint = Text("Без сервера: добавьте --local", "Without a server: add --local")
        raise CommandError(line_of(error), ExitCode.CONFIGURATION, hint=str(hint)) from error


def _name(files: Sequence[Path]) -> None:
    if files:
        output.note(f"{Text('Документы', 'Documents')}: {', '.join(file.name for file in files)}")


def _read_first(files: Sequence[Path]) -> None:
    """Reads the documents, so that one without text is known before anything is asked; says which they are."""
    from ...local import read_document

    documents = [read_document(file) for file in files]
    named = [
        f"{document.name} ({count(document.page_count, ('стр.', 'стр.', 'стр.'), ('page', 'pages'))})" for document in documents
    ]
    if named:
        output.note(f"{Text('Документы', 'Documents')}: {', '.join(named)}")
    for document in documents:
        if document.blank_pages:
            output.warning(
                Text("«{name}»: без текста страниц: {blank} из {all}", "“{name}”: {blank} of {all} pages have no text").of(
                    name=document.name, blank=document.blank_pages, all=document.page_count
                )
            )


@contextlib.asynccontextmanager
async def _local_client(projects: Path | None) -> AsyncGenerator[AsyncAIZoomDocClient]:
    """A client of a server that lives as long as the question, and leaves nothing behind."""
    from ...client import AsyncAIZoomDocClient
    from ...local import LocalServer, LocalSettings
    from ...storage.memory import MemoryTokenStore

    with tempfile.TemporaryDirectory(prefix="aizoomdoc-") as folder:
        pace = _PACE if sys.stdout.isatty() else 0
        settings = LocalSettings(port=0, data_dir=Path(folder) / "server", projects_dir=projects, pace_seconds=pace)
        async with (
            LocalServer(settings) as server,
            AsyncAIZoomDocClient(server.url, server.tokens[0], token_store=MemoryTokenStore()) as client,
        ):
            yield client
