"""Chats: making them, asking in them, reading them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from .. import output
from ..display import Style, question_options, show_answer
from ..framework import CommonOptions, Group, argument, command, json_option, option, whole_number
from ..language import N_, _

CHAT = N_("an id or the beginning of one, a title or the beginning of one, or a number of chat list")


@command("new", N_("Make a chat, and make it the current one"))
@argument("title", required=False, metavar=N_("TITLE"), help=N_("the chat's title"))
@option("--description", metavar=N_("TEXT"), help=N_("a description"))
@json_option
async def new(common: CommonOptions, *, title: str | None, description: str | None, as_json: bool) -> None:
    from ..chat_choice import current_chat

    async with common.client() as client:
        chat = await client.create_chat(title, description)
    if as_json:
        output.as_json(chat)
    else:
        output.result(_("Chat “{title}”: {id}").format(title=chat.title, id=chat.id))
    current_chat(client).set(chat.id, chat.title)


@command("list", N_("List the chats"))
@option("--limit", type=whole_number(1), metavar="N", help=N_("at most N chats"))
@json_option
async def list_(common: CommonOptions, *, limit: int | None, as_json: bool) -> None:
    from ..chat_choice import current_chat
    from ..tables import show_table

    async with common.client() as client:
        chats = await client.list_chats(limit=limit)
    if as_json:
        output.as_json(chats)
        return
    current = current_chat(client)
    rows = [("*" if current.is_chat(chat.id) else "", chat.id, chat.title, chat.updated_at) for chat in chats]
    is_numbered = sys.stdout.isatty()  # for people; a program takes the ids
    show_table(
        [(mark, number, *row) for number, (mark, *row) in enumerate(rows, 1)] if is_numbered else rows,
        ["", _("No."), _("Chat"), _("Title"), _("Changed")],
        empty=_("No chats yet: aizoomdoc chat new TITLE"),
    )


@command("use", N_("Make a chat the current one"))
@argument("wanted", metavar=N_("CHAT"), help=CHAT)
async def use(common: CommonOptions, *, wanted: str) -> None:
    from ..chat_choice import current_chat, find_chat

    async with common.client() as client:
        chat = await client.get_chat(await find_chat(client, wanted))
    current_chat(client).set(chat.id, chat.title)
    output.result(_("Current chat: “{title}”").format(title=chat.title))


@command("delete", N_("Delete a chat"))
@argument("wanted", metavar=N_("CHAT"), help=CHAT)
async def delete(common: CommonOptions, *, wanted: str) -> None:
    from ..chat_choice import current_chat, find_chat

    async with common.client() as client:
        deleted = await client.delete_chat(await find_chat(client, wanted))
    was_current = current_chat(client).forget(deleted.chat_id)
    output.result(_("Chat {id} is being deleted").format(id=deleted.chat_id))
    if was_current:
        output.note(_("It was the current chat; now there is none"))


@command("send", N_("Ask a question in the current chat"))
@option("--chat", "wanted", metavar=N_("CHAT"), help=N_("another chat than the current one: id, title or number"))
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
    common: CommonOptions, *, question: str, wanted: str | None, style: Style | None, show_thinking: bool, **attached: Any
) -> None:
    from ..chat_choice import ask_in_new_chat, current_chat, explained_if_gone, find_chat
    from ..display.sent_files import open_files

    with open_files(attached.pop("files")) as files:
        async with common.client() as client:
            chat = await find_chat(client, wanted) if wanted else current_chat(client).id
            if not chat:
                await ask_in_new_chat(client, question, style, files, show_thinking=show_thinking, announce=True, **attached)
                return
            answer = client.send_message(chat, question, files=files, **attached)
            async with explained_if_gone(client, chat):
                await show_answer(answer, style, show_thinking=show_thinking, files=files)


@command("history", N_("Show a chat's messages"))
@argument("wanted", required=False, metavar=N_("CHAT"), help=N_("an id, a title or a number; else the current chat"))
@json_option
async def history(common: CommonOptions, *, wanted: str | None, as_json: bool) -> None:
    from ..chat_choice import current_chat_id, explained_if_gone, find_chat
    from ..tables import show_messages

    async with common.client() as client:
        chat = await find_chat(client, wanted) if wanted else current_chat_id(client)
        async with explained_if_gone(client, chat):
            found = await client.get_chat_history(chat)
    if as_json:
        output.as_json(found)
    else:
        show_messages(found)
    if found.truncated:
        output.warning(_("the server shows the first {count} messages only").format(count=len(found)))


chat: Group = Group("chat", help=N_("Chats: create, ask, look at the history"), commands=[new, send, history, list_, use, delete])
