"""Chats and messages."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Annotated
from uuid import UUID

import attrs
from aiohttp import web
from msgspec import Meta

from ...models import Chat, ChatDeletion, ChatHistory, Message, User
from ..failures import invalid
from ..parts import parts_of
from ..scope import check_attachments
from ..store import chats, messages
from ..store.messages import Attachments
from .fields import body, path_uuid, query
from .replies import once, reply
from .who import current_user

_LIST = 50


@attrs.frozen(kw_only=True)
class NewChat:
    """Body of POST /chats."""

    title: Annotated[str, Meta(max_length=500)] | None = None
    description: Annotated[str, Meta(max_length=5000)] | None = None


@attrs.frozen(kw_only=True)
class Listing:
    """Query of GET /chats."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = _LIST


@attrs.frozen(kw_only=True)
class NewMessage:
    """Body of POST /chats/{id}/messages."""

    content: str
    attached_file_ids: list[UUID] | None = None
    attached_document_ids: list[UUID] | None = None
    google_file_uris: list[str] | None = None

    @property
    def attached(self) -> Attachments:
        """What it attaches, each thing once."""
        return Attachments(
            tuple(dict.fromkeys(map(str, self.attached_file_ids or ()))),
            tuple(dict.fromkeys(map(str, self.attached_document_ids or ()))),
            tuple(dict.fromkeys(self.google_file_uris or ())),
        )


async def create(request: web.Request) -> web.Response:
    """A new chat."""
    user, given = await current_user(request), await body(request, NewChat)

    def work(db: sqlite3.Connection) -> Chat:
        return chats.create(db, user, given.title, given.description)

    response, _ = await once(request, user.id, 201, work)
    return response


async def listing(request: web.Request) -> web.Response:
    """The newest chats."""
    user = await current_user(request)
    return reply(await parts_of(request).database.run(chats.newest, user, query(request, Listing).limit))


async def history(request: web.Request) -> web.Response:
    """A chat with its oldest hundred messages, as all servers have it."""
    user, chat_id = await current_user(request), path_uuid(request, "chat_id")
    return reply(await parts_of(request).database.run(_history, user, chat_id))


def _history(db: sqlite3.Connection, user: User, chat_id: str) -> ChatHistory:
    return ChatHistory(chat=chats.owned(db, user, chat_id), messages=messages.oldest(db, chat_id, ChatHistory.WINDOW))


async def delete(request: web.Request) -> web.Response:
    """Deletes a chat."""
    user, chat_id = await current_user(request), path_uuid(request, "chat_id")
    await parts_of(request).database.run(chats.delete, user, chat_id)
    return reply(ChatDeletion(message="Chat deletion started", chat_id=chat_id), 202)


async def add_message(request: web.Request) -> web.Response:
    """Stores a user's message; the answer comes when the stream is opened."""
    user, chat_id = await current_user(request), path_uuid(request, "chat_id")
    given, parts = await body(request, NewMessage), parts_of(request)
    if not given.content.strip():
        raise invalid(("body", "content"), "string_too_short", "The message is empty", given.content)
    tree = await asyncio.to_thread(parts.look_at_projects)

    def work(db: sqlite3.Connection) -> Message:
        chats.owned(db, user, chat_id)
        check_attachments(db, user, given.attached, tree)
        return messages.add(db, chat_id, "user", given.content, given.attached)

    response, _ = await once(request, user.id, 201, work)
    return response


ROUTES = (
    web.post("/chats", create),
    web.get("/chats", listing, allow_head=False),
    web.get("/chats/{chat_id}", history, allow_head=False),
    web.delete("/chats/{chat_id}", delete),
    web.post("/chats/{chat_id}/messages", add_message),
)
