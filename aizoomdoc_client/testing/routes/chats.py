"""Chats and the messages posted to them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from aiohttp import web

from ..backend import Post
from ..call import Call, RefusalError
from ..responses import internal_error
from ..store import StoredChat, StoredMessage


async def create(call: Call) -> web.StreamResponse:
    """POST /chats."""
    user, body = call.user(), call.body()
    if call.backend.database_down:
        raise RefusalError(internal_error())
    chat = StoredChat(owner=user, title=body.get("title") or "Новый чат", description=body.get("description"))
    call.backend.store.chats[chat.id] = chat
    return call.json(call.backend.views.chat(chat), 201)


async def listing(call: Call) -> web.StreamResponse:
    """GET /chats: at most so many, newest first."""
    user, guise = call.user(), call.backend.guise
    own = [] if call.backend.database_down else [chat for chat in call.backend.store.chats.values() if chat.owner is user]
    newest = sorted(own, key=lambda chat: chat.updated_at, reverse=True)
    limit = int(call.recorded.query.get("limit", guise.chats_listed)) if guise.honours_limit else guise.chats_listed
    return call.json([call.backend.views.chat(chat) for chat in newest[: min(limit, guise.chats_listed)]])


async def history(call: Call) -> web.StreamResponse:
    """GET /chats/{chat_id}."""
    return call.json(call.backend.views.history(call.own_chat()))


async def delete(call: Call) -> web.StreamResponse:
    """DELETE /chats/{chat_id}: gone a moment later."""
    chat, delay = call.own_chat(), call.backend.guise.deletes_after_seconds
    if delay:
        asyncio.get_running_loop().call_later(delay, call.backend.store.chats.pop, chat.id, None)
    else:
        call.backend.store.chats.pop(chat.id, None)
    return call.json({"message": "Chat deletion started", "chat_id": chat.id}, 202)


async def post_message(call: Call) -> web.StreamResponse:
    """POST /chats/{chat_id}/messages."""
    chat, content, body = call.own_chat(), call.text("content"), call.body()
    key = call.recorded.headers.get("Idempotency-Key")
    message = _known(call, chat, key) or chat.add(
        "user", content, attached_file_ids=_ids(body.get("attached_file_ids")), idempotency_key=key
    )
    post = Post(chat_id=chat.id, message_id=message.id, content=content, idempotency_key=key, body=body)
    call.backend.posts.append(post)
    return call.json(call.backend.views.message(message), 201)


def _known(call: Call, chat: StoredChat, key: str | None) -> StoredMessage | None:
    """The message that was already posted with this key, where the guise looks at keys."""
    if key is None or not call.backend.guise.honours_idempotency_keys:
        return None
    return next((message for message in chat.messages if message.idempotency_key == key), None)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in cast("Sequence[Any]", value)) if isinstance(value, list) else ()
