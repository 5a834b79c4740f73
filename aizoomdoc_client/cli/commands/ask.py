"""One question about documents, by default in a chat of its own, which becomes the current one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import output
from ..display import Style, question_options, show_answer
from ..errors import CommandError, ExitCode
from ..framework import CommonOptions, argument, command, option
from ..language import N_, _

if TYPE_CHECKING:
    from ...client import AsyncAIZoomDocClient


@command(
    "ask",
    N_(
        "Ask about documents and get an answer\n\n"
        "The files go to the server you are logged in to; with --local the answer is found on this machine, without any login, "
        "in files or in a folder."
    ),
)
@argument(
    "paths",
    nargs=-1,
    type=click.Path(path_type=Path),
    metavar=N_("FILE"),
    help=N_("documents: PDF, DOCX, XLSX, Markdown, HTML, text, images"),
)
@option("--local", is_flag=True, help=N_("without a server: find the answer on this machine"))
@option("--projects", type=click.Path(path_type=Path), metavar=N_("DIR"), help=N_("with --local: a folder of documents"))
@option("--no-ocr", is_flag=True, help=N_("with --local: do not recognize text in scans and images"))
@option("--continue", "in_current_chat", is_flag=True, help=N_("ask in the current chat instead of a new one"))
@option("--chat", "wanted", metavar=N_("CHAT"), help=N_("ask in this chat: id, title or number"))
@option(
    "--schema",
    type=click.Path(path_type=Path),
    metavar=N_("FIELDS.toml"),
    help=N_("print as JSON the fields that this file names; with --json the whole answer"),
)
@question_options
async def ask(
    common: CommonOptions,
    *,
    paths: tuple[Path, ...],
    question: str,
    local: bool,
    projects: Path | None,
    no_ocr: bool,
    in_current_chat: bool,
    wanted: str | None,
    schema: Path | None,
    style: Style | None,
    show_thinking: bool,
) -> None:
    from ..chat_choice import ask_in_new_chat, current_chat_id, explained_if_gone, find_chat
    from ..display.sent_files import open_files

    if local and projects is None and len(paths) == 1 and paths[0].is_dir():
        (projects,), paths = paths, ()
    _check_input(paths, question, local=local, projects=projects)
    if no_ocr and not local:
        raise CommandError("no_ocr_without_local", ExitCode.USAGE)
    if local and (in_current_chat or wanted):
        raise CommandError("chat_with_local", ExitCode.USAGE)
    if local and schema is not None:
        raise CommandError("schema_with_local", ExitCode.USAGE)
    if local:
        from ..local_questions import ask_locally

        await ask_locally(paths, question, projects, style, show_thinking=show_thinking, ocr=not no_ocr)
        return
    async with _client(common) as client:
        _note_documents(path.name for path in paths)
        with open_files(paths) as files:
            if schema is not None:
                from ..structured_questions import ask_for_fields

                chosen = await find_chat(client, wanted) if wanted else current_chat_id(client) if in_current_chat else None
                await ask_for_fields(client, chosen, question, fields=schema, style=style, files=files)
                return
            if not (in_current_chat or wanted):
                await ask_in_new_chat(client, question, style, files, show_thinking=show_thinking)
                return
            chat = await find_chat(client, wanted) if wanted else current_chat_id(client)
            answer = client.send_message(chat, question, files=files)
            async with explained_if_gone(client, chat):
                await show_answer(answer, style, show_thinking=show_thinking, files=files)


def _check_input(files: Sequence[Path], question: str, *, local: bool, projects: Path | None) -> None:
    """Raises `CommandError` where files and options do not fit together."""
    if projects is not None and not local:
        raise CommandError("projects_without_local", ExitCode.USAGE)
    if not files and projects is None and (local or Path(question).exists()):
        raise CommandError("no_document_or_question", ExitCode.USAGE, hint=_('aizoomdoc ask FILE "QUESTION"'))
    for file in files:
        if file.is_dir():
            hint = _("A folder is searched with --local, one at a time and without files")
            raise CommandError("file_is_folder", ExitCode.USAGE, hint=hint, path=file)
        if not file.exists():
            raise CommandError("file_not_there", ExitCode.USAGE, path=file)


def _client(common: CommonOptions) -> AsyncAIZoomDocClient:
    """The client; the error where no server is configured mentions ``--local``."""
    from ...exceptions import ConfigurationError

    try:
        return common.client()
    except ConfigurationError as error:
        error.add_note(_("Without a server: add --local"))
        raise


def _note_documents(documents: Iterable[str]) -> None:
    if names := ", ".join(documents):
        output.note(_("Documents: {names}").format(names=names))
