"""Chats: making them, asking in them, reading them."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..display import Style, display_options, question_text, show_answer, title_of
from ..errors import CommandError, ExitCode
from ..framework import CommonOptions, Group, argument, command, group, json_option, option, run
from ..language import Text

if TYPE_CHECKING:
    from ...client import AsyncAIZoomDocClient
    from ..state_files import CurrentChats


def _current(client: AsyncAIZoomDocClient) -> CurrentChats:
    from ..state_files import CurrentChats

    return CurrentChats(client.config.server_url, client.config.profile)


@command("new", Text("Создать чат и сделать его текущим", "Make a chat, and make it the current one"))
@argument("title", required=False, shown=Text("НАЗВАНИЕ", "TITLE"), said=Text("название чата", "the chat's title"))
@option("--description", metavar="TEXT", said=Text("описание", "a description"))
@json_option
async def new(common: CommonOptions, *, title: str | None, description: str | None, as_json: bool) -> None:
    """Makes a chat."""
    from ..state_files import CurrentChat

    async with common.client() as client:
        chat = await client.create_chat(title, description)
    if as_json:
        output.as_json(chat)
    else:
        output.result(Text("Чат «{title}»: {id}", "Chat “{title}”: {id}").of(title=chat.title, id=chat.id))
    _current(client).set(CurrentChat(chat.id, chat.title))


@command("list", Text("Показать чаты", "List the chats"))
@option("--limit", type=click.IntRange(min=1), metavar="N", said=Text("не больше N чатов", "at most N chats"))
@json_option
async def list_(common: CommonOptions, *, limit: int | None, as_json: bool) -> None:
    """Lists the chats."""
    from ..tables import show_table

    async with common.client() as client:
        chats = await client.list_chats(limit=limit)
    if as_json:
        output.as_json(chats)
        return
    current = _current(client).get()
    show_table(
        [Text("", ""), Text("Чат", "Chat"), Text("Название", "Title"), Text("Изменён", "Changed")],
        [("*" if current and current.id == chat.id else "", chat.id, chat.title, chat.updated_at) for chat in chats],
        empty=Text("Чатов ещё нет: aizoomdoc chat new НАЗВАНИЕ", "No chats yet: aizoomdoc chat new TITLE"),
    )


@command("use", Text("Сделать чат текущим", "Make a chat the current one"))
@argument("chat_id", shown=Text("ЧАТ", "CHAT"), said=Text("идентификатор чата", "the chat's id"))
async def use(common: CommonOptions, *, chat_id: str) -> None:
    """Changes the current chat."""
    from ..state_files import CurrentChat

    async with common.client() as client:
        chat = await client.get_chat(chat_id)
    _current(client).set(CurrentChat(chat.id, chat.title))
    output.result(Text("Текущий чат: «{title}»", "Current chat: “{title}”").of(title=chat.title))


@command("delete", Text("Удалить чат", "Delete a chat"))
@argument("chat_id", shown=Text("ЧАТ", "CHAT"), said=Text("идентификатор чата", "the chat's id"))
async def delete(common: CommonOptions, *, chat_id: str) -> None:
    """Deletes a chat."""
    async with common.client() as client:
        deleted = await client.delete_chat(chat_id)
    was_current = _current(client).forget(deleted.chat_id)
    output.result(Text("Чат {id} удаляется", "Chat {id} is being deleted").of(id=deleted.chat_id))
    if was_current:
        output.note(str(Text("Это был текущий чат; теперь его нет", "It was the current chat; now there is none")))


@command("send", Text("Задать вопрос в текущем чате", "Ask a question in the current chat"))
@argument(
    "message",
    shown=Text("ВОПРОС", "QUESTION"),
    said=Text("вопрос; - читает его из стандартного ввода", "the question; - reads it from standard input"),
)
@option("--chat", "chat_id", metavar="ID", said=Text("другой чат, не текущий", "another chat than the current one"))
@option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PATH",
    said=Text("приложить файл, можно несколько раз", "attach a file; may be repeated"),
)
@option(
    "--document",
    "documents",
    multiple=True,
    metavar="ID",
    said=Text("документ из дерева проектов, можно несколько раз", "a document of the project tree; may be repeated"),
)
@option("--client-id", metavar="ID", said=Text("искать в проектах этого клиента", "search this client's projects"))
@display_options
def send(
    common: CommonOptions,
    *,
    message: str,
    chat_id: str | None,
    files: tuple[Path, ...],
    documents: tuple[str, ...],
    client_id: str | None,
    style: Style | None,
    show_thinking: bool,
) -> None:
    """Asks a question."""
    question = question_text(message)
    attached: dict[str, Any] = {"files": files, "attached_document_ids": documents, "client_id": client_id}
    run(_send(common, question, chat_id, attached, style=style, show_thinking=show_thinking))


async def _send(
    common: CommonOptions,
    question: str,
    chat_id: str | None,
    attached: dict[str, Any],
    *,
    style: Style | None,
    show_thinking: bool,
) -> None:
    async with common.client() as client:
        chat = chat_id or await _current_or_new(client, question)
        with _explained(client, chat):
            await show_answer(client.send_message(chat, question, **attached), style, show_thinking=show_thinking)


async def _current_or_new(client: AsyncAIZoomDocClient, question: str) -> str:
    """The current chat's id; where there is none, that of a new chat named after the question."""
    from ..state_files import CurrentChat

    current = _current(client).get()
    if current is not None:
        return current.id
    made = await client.create_chat(title_of(question))
    try:
        _current(client).set(CurrentChat(made.id, made.title))
    except CommandError as error:  # the question matters more
        output.warning(str(error))
    output.line_error(Text("Создан чат «{title}»", "Made the chat “{title}”").of(title=made.title))
    return made.id


@contextlib.contextmanager
def _explained(client: AsyncAIZoomDocClient, chat_id: str) -> Generator[None]:
    """Says of a current chat that the server does not know that it was the current one, and forgets it."""
    from ...exceptions import NotFoundError, PermissionDeniedError

    try:
        yield
    except (NotFoundError, PermissionDeniedError) as error:
        current = _current(client).get()
        if current is None or current.id != chat_id or error.path is None or not error.path.startswith(f"/chats/{chat_id}"):
            raise
        _current(client).forget(chat_id)
        raise CommandError(
            Text("текущего чата «{title}» на сервере больше нет", "the current chat “{title}” is no longer on the server").of(
                title=current.title or current.id
            ),
            ExitCode.NOT_FOUND,
            hint=str(Text("Создайте новый: aizoomdoc chat new НАЗВАНИЕ", "Make a new one: aizoomdoc chat new TITLE")),
        ) from error


@command("history", Text("Показать сообщения чата", "Show a chat's messages"))
@argument(
    "chat_id",
    required=False,
    shown=Text("ЧАТ", "CHAT"),
    said=Text("идентификатор; иначе текущий чат", "an id; else the current chat"),
)
@json_option
async def history(common: CommonOptions, *, chat_id: str | None, as_json: bool) -> None:
    """Shows the messages."""
    from ..tables import show_messages

    async with common.client() as client:
        chat = chat_id or _current_id(client)
        with _explained(client, chat):
            found = await client.get_chat_history(chat)
    if as_json:
        output.as_json(found)
    else:
        show_messages(found)
    if found.truncated:
        output.warning(
            Text("сервер показывает только первые {count} сообщений", "the server shows the first {count} messages only").of(
                count=len(found)
            )
        )


def _current_id(client: AsyncAIZoomDocClient) -> str:
    current = _current(client).get()
    if current is None:
        raise CommandError(
            str(Text("текущего чата нет", "there is no current chat")),
            ExitCode.USAGE,
            hint=str(
                Text(
                    "aizoomdoc chat new НАЗВАНИЕ, или aizoomdoc chat use ЧАТ",
                    "aizoomdoc chat new TITLE, or aizoomdoc chat use CHAT",
                )
            ),
        )
    return current.id


chat: Group = group(
    "chat",
    Text("Чаты: создать, спросить, посмотреть историю", "Chats: create, ask, look at the history"),
    new,
    send,
    history,
    list_,
    use,
    delete,
)
