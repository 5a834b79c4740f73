"""Chats: making them, asking in them, reading them."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..display import Style, question_options, show_answer, title_of
from ..errors import CommandError, ExitCode, line_of
from ..framework import CommonOptions, Group, argument, command, json_option, option, whole_number
from ..language import N_, _

if TYPE_CHECKING:
    from ...client import AsyncAIZoomDocClient
    from ..state_files import CurrentChat


def _current(client: AsyncAIZoomDocClient) -> CurrentChat:
    from ..state_files import CurrentChat

    return CurrentChat(client.config.server_url, client.config.profile)


@command("new", N_("Make a chat, and make it the current one"))
@argument("title", required=False, metavar=N_("TITLE"), help=N_("the chat's title"))
@option("--description", metavar=N_("TEXT"), help=N_("a description"))
@json_option
async def new(common: CommonOptions, *, title: str | None, description: str | None, as_json: bool) -> None:
    async with common.client() as client:
        chat = await client.create_chat(title, description)
    if as_json:
        output.as_json(chat)
    else:
        output.result(_("Chat “{title}”: {id}").format(title=chat.title, id=chat.id))
    _current(client).set(chat.id, chat.title)


@command("list", N_("List the chats"))
@option("--limit", type=whole_number(1), metavar="N", help=N_("at most N chats"))
@json_option
async def list_(common: CommonOptions, *, limit: int | None, as_json: bool) -> None:
    from ..tables import show_table

    async with common.client() as client:
        chats = await client.list_chats(limit=limit)
    if as_json:
        output.as_json(chats)
        return
    current = _current(client).id
    show_table(
        [("*" if chat.id == current else "", chat.id, chat.title, chat.updated_at) for chat in chats],
        ["", _("Chat"), _("Title"), _("Changed")],
        empty=_("No chats yet: aizoomdoc chat new TITLE"),
    )


@command("use", N_("Make a chat the current one"))
@argument("chat_id", metavar=N_("CHAT"), help=N_("the chat's id"))
async def use(common: CommonOptions, *, chat_id: str) -> None:
    async with common.client() as client:
        chat = await client.get_chat(chat_id)
    _current(client).set(chat.id, chat.title)
    output.result(_("Current chat: “{title}”").format(title=chat.title))


@command("delete", N_("Delete a chat"))
@argument("chat_id", metavar=N_("CHAT"), help=N_("the chat's id"))
async def delete(common: CommonOptions, *, chat_id: str) -> None:
    async with common.client() as client:
        deleted = await client.delete_chat(chat_id)
    was_current = _current(client).forget(deleted.chat_id)
    output.result(_("Chat {id} is being deleted").format(id=deleted.chat_id))
    if was_current:
        output.note(_("It was the current chat; now there is none"))


@command("send", N_("Ask a question in the current chat"))
@option("--chat", "chat_id", metavar="ID", help=N_("another chat than the current one"))
@option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=N_("PATH"),
    help=N_("attach a file; may be repeated"),
)
@option("--document", "attached_document_ids", multiple=True, metavar="ID", help=N_("a document of the tree; may be repeated"))
@option("--client-id", metavar="ID", help=N_("search this client's projects"))
@question_options
async def send(
    common: CommonOptions,
    *,
    question: str,
    chat_id: str | None,
    style: Style | None,
    show_thinking: bool,
    **attached: Any,
) -> None:
    async with common.client() as client:
        chat = chat_id or await _current_or_new(client, question)
        with _explained(client, chat):
            await show_answer(client.send_message(chat, question, **attached), style, show_thinking=show_thinking)


async def _current_or_new(client: AsyncAIZoomDocClient, question: str) -> str:
    """The current chat's id; where there is none, that of a new chat named after the question."""
    current = _current(client)
    if current.id:
        return current.id
    made = await client.create_chat(title_of(question))
    try:
        current.set(made.id, made.title)
    except CommandError as error:  # the question matters more
        output.warning(line_of(error))
    output.line_error(_("Made the chat “{title}”").format(title=made.title))
    return made.id


@contextlib.contextmanager
def _explained(client: AsyncAIZoomDocClient, chat_id: str) -> Generator[None]:
    """Says of a current chat that the server does not know that it was the current one, and forgets it."""
    from ...exceptions import NotFoundError, PermissionDeniedError

    try:
        yield
    except (NotFoundError, PermissionDeniedError) as error:
        current = _current(client)
        title = current.title or chat_id
        if error.path is None or not error.path.startswith(f"/chats/{chat_id}") or not current.forget(chat_id):
            raise
        hint = _("Make a new one: aizoomdoc chat new TITLE")
        raise CommandError("current_chat_gone", ExitCode.NOT_FOUND, hint=hint, title=title) from error


@command("history", N_("Show a chat's messages"))
@argument("chat_id", required=False, metavar=N_("CHAT"), help=N_("an id; else the current chat"))
@json_option
async def history(common: CommonOptions, *, chat_id: str | None, as_json: bool) -> None:
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
        output.warning(_("the server shows the first {count} messages only").format(count=len(found)))


def _current_id(client: AsyncAIZoomDocClient) -> str:
    if current := _current(client).id:
        return current
    hint = _("aizoomdoc chat new TITLE, or aizoomdoc chat use CHAT")
    raise CommandError("no_current_chat", ExitCode.USAGE, hint=hint)


chat: Group = Group("chat", help=N_("Chats: create, ask, look at the history"), commands=[new, send, history, list_, use, delete])
