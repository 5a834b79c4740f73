"""Chats and messages."""

from __future__ import annotations

import sqlite3
from typing import Annotated
from uuid import UUID

import attrs
from aiohttp import web
from msgspec import Meta

from ...models import Chat, ChatDeletion, ChatHistory, Message, User
from ..app_state import state_of
from ..question_scope import check_attachments
from ..repository import stored_chats
from ..repository.stored_chats import Attachments
from ..request_errors import invalid_field
from .http_responses import idempotent_response, json_response
from .request_data import current_user, read_body, read_path_uuid, read_query

_DEFAULT_LIMIT = 50


@attrs.frozen(kw_only=True)
class NewChat:
    """Body of POST /chats."""

    title: Annotated[str, Meta(max_length=500)] | None = None
    description: Annotated[str, Meta(max_length=5000)] | None = None


@attrs.frozen(kw_only=True)
class ChatList:
    """Query of GET /chats."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = _DEFAULT_LIMIT


@attrs.frozen(kw_only=True)
class NewMessage:
    """Body of POST /chats/{id}/messages."""

    content: str
    attached_file_ids: list[UUID] | None = None
    attached_document_ids: list[UUID] | None = None
    google_file_uris: list[str] | None = None

    @property
    def attached(self) -> Attachments:
        """Its attachments, each once."""
        return Attachments(
            tuple(dict.fromkeys(map(str, self.attached_file_ids or ()))),
            tuple(dict.fromkeys(map(str, self.attached_document_ids or ()))),
            tuple(dict.fromkeys(self.google_file_uris or ())),
        )


async def create(request: web.Request) -> web.Response:
    """A new chat."""
    user, given = await current_user(request), await read_body(request, NewChat)

    def work(db: sqlite3.Connection) -> Chat:
        return stored_chats.create(db, user, given.title, given.description)

    response, _ = await idempotent_response(request, user.id, 201, work)
    return response


async def listing(request: web.Request) -> web.Response:
    """The newest chats."""
    user = await current_user(request)
    return json_response(await state_of(request).database.run(stored_chats.newest, user, read_query(request, ChatList).limit))


async def history(request: web.Request) -> web.Response:
    """A chat with its first hundred messages, as other servers have it."""
    user, chat_id = await current_user(request), read_path_uuid(request, "chat_id")
    return json_response(await state_of(request).database.run(_history, user, chat_id))


def _history(db: sqlite3.Connection, user: User, chat_id: str) -> ChatHistory:
    return ChatHistory(
        chat=stored_chats.owned(db, user, chat_id), messages=stored_chats.first_messages(db, chat_id, ChatHistory.WINDOW)
    )


async def delete(request: web.Request) -> web.Response:
    """Deletes a chat."""
    user, chat_id = await current_user(request), read_path_uuid(request, "chat_id")
    await state_of(request).database.run(stored_chats.delete, user, chat_id)
    return json_response(ChatDeletion(message="Chat deletion started", chat_id=chat_id), 202)


async def add_message(request: web.Request) -> web.Response:
    """Stores a user's message; it is answered when the stream is opened."""
    user, chat_id = await current_user(request), read_path_uuid(request, "chat_id")
    given, state = await read_body(request, NewMessage), state_of(request)
    if not given.content.strip():
        raise invalid_field(("body", "content"), "string_too_short", "The message is empty", given.content)
    tree = await state.project_tree()

    def work(db: sqlite3.Connection) -> Message:
        stored_chats.owned(db, user, chat_id)
        check_attachments(db, user, given.attached, tree)
        return stored_chats.add_message(db, chat_id, "user", given.content, given.attached)

    response, _ = await idempotent_response(request, user.id, 201, work)
    return response


ROUTES = (
    web.post("/chats", create),
    web.get("/chats", listing, allow_head=False),
    web.get("/chats/{chat_id}", history, allow_head=False),
    web.delete("/chats/{chat_id}", delete),
    web.post("/chats/{chat_id}/messages", add_message),
)
