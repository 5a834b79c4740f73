"""Chats, the messages posted to them, and the two endpoints that run the model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aiohttp import WSMsgType, web

from ..behavior import ServerBehavior, WebSocketBehavior
from ..event_streams import ServerSentEventStream, WebSocketStream
from ..field_rules import FieldRule, list_of, string, uuid, whole_number
from ..model_run import ClientLeftError, ModelRun
from ..reactions import detail, internal_error, never
from ..server_state import Post
from ..server_store import StoredChat, StoredMessage
from . import RefusalError, Route, RouteRequest

NO_QUESTION = "User message not found"
ATTACHMENTS: Mapping[str, FieldRule] = {
    "attached_file_ids": list_of(uuid),
    "attached_document_ids": list_of(uuid),
    "google_file_uris": list_of(string),
}
DOCUMENTS: Mapping[str, FieldRule] = dict.fromkeys(("document_ids", "compare_document_ids_a", "compare_document_ids_b"), uuid)
CLOSE_TIMEOUT = 2.0
"""Seconds that the server waits for the close frame of the client."""

Stream = ServerSentEventStream | WebSocketStream


async def create(request: RouteRequest) -> web.StreamResponse:
    """POST /chats."""
    user = request.user()
    body = request.body(known={"title": string, "description": string})
    if request.state.database_down:
        raise RefusalError(internal_error())
    chat = StoredChat(owner=user, title=body.get("title") or "Новый чат", description=body.get("description"))
    request.state.store.chats[chat.id] = chat
    return request.respond(_chat(chat, request.state.behavior), 201)


async def list_chats(request: RouteRequest) -> web.StreamResponse:
    """GET /chats: the newest ones first."""
    user, state, behavior = request.user(), request.state, request.state.behavior
    if behavior.honours_limit:
        request.check_query(known={"limit": whole_number(least=1)})
    own = [] if state.database_down else [chat for chat in state.store.chats.values() if chat.owner is user]
    newest = sorted(own, key=lambda chat: chat.updated_at, reverse=True)
    limit = int(request.recorded.query.get("limit", behavior.chats_listed)) if behavior.honours_limit else behavior.chats_listed
    return request.respond([_chat(chat, behavior) for chat in newest[: min(limit, behavior.chats_listed)]])


async def history(request: RouteRequest) -> web.StreamResponse:
    """GET /chats/{chat_id}: the oldest messages, as many as the window of the history shows."""
    chat, behavior = request.own_chat(), request.state.behavior
    messages = [_message(message, behavior) for message in chat.messages[: behavior.history_window]]
    return request.respond({"chat": _chat(chat, behavior), "messages": messages})


async def delete(request: RouteRequest) -> web.StreamResponse:
    """DELETE /chats/{chat_id}: the chat is deleted a moment later."""
    chat, delay = request.own_chat(), request.state.behavior.deletes_after_seconds
    if delay:
        asyncio.get_running_loop().call_later(delay, request.state.store.chats.pop, chat.id, None)
    else:
        request.state.store.chats.pop(chat.id, None)
    return request.respond({"message": "Deletion scheduled", "chat_id": chat.id}, 202)


async def post_message(request: RouteRequest) -> web.StreamResponse:
    """POST /chats/{chat_id}/messages."""
    request.user()
    body = request.body(needed={"content": string}, known=ATTACHMENTS)
    chat, content = request.own_chat(), str(body["content"])
    key = request.recorded.headers.get("Idempotency-Key")
    message = _posted_before(request, chat, key) or chat.add(
        "user", content, attached_file_ids=_ids(body.get("attached_file_ids")), idempotency_key=key
    )
    post = Post(chat_id=chat.id, message_id=message.id, content=content, idempotency_key=key, body=body)
    request.state.posts.append(post)
    return request.respond(_message(message, request.state.behavior), 201)


def _posted_before(request: RouteRequest, chat: StoredChat, key: str | None) -> StoredMessage | None:
    """The message that was posted with the same key, if the server honours keys."""
    if key is None or not request.state.behavior.honours_idempotency_keys:
        return None
    return next((message for message in chat.messages if message.idempotency_key == key), None)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in cast("Sequence[Any]", value)) if isinstance(value, list) else ()


def _chat(chat: StoredChat, behavior: ServerBehavior) -> dict[str, Any]:
    return {
        "id": chat.id,
        "title": chat.title,
        "description": chat.description,
        "user_id": chat.owner.username if behavior.user_id_is_name else chat.owner.id,
        "created_at": behavior.date(chat.created_at, "chat"),
        "updated_at": behavior.date(chat.updated_at, "chat"),
    }


def _message(message: StoredMessage, behavior: ServerBehavior) -> dict[str, Any]:
    shown = {
        "id": message.id,
        "chat_id": message.chat_id,
        "role": message.role,
        "content": message.content,
        "message_type": "text",
        "created_at": behavior.date(message.created_at, "message"),
        "images": message.images,
    }
    return {**shown, "attached_file_ids": message.attached_file_ids} if behavior.keeps_attachments else shown


async def stream_events(request: RouteRequest) -> web.StreamResponse:
    """GET /chats/{chat_id}/stream: always a new run that answers the last message of the user."""
    request.user()
    request.check_query(lists=DOCUMENTS)
    chat, question = _chat_and_question(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"})
    await response.prepare(request.http)
    stream = ServerSentEventStream(request.http, response)
    await _play(request, _new_run(request, chat, question, stream), stream)
    return response


async def stream_websocket(request: RouteRequest) -> web.StreamResponse:
    """WS /chats/{chat_id}/stream."""
    try:
        request.uuid("chat_id")
    except RefusalError:
        return web.Response(status=403)
    # With autoclose aiohttp would answer the close frame of the client by itself, but a script decides how the stream is closed.
    connection = web.WebSocketResponse(autoclose=False, compress=False)
    await connection.prepare(request.http)
    stream = WebSocketStream(request.http, connection)
    reader = request.state.spawn(_read_until_closed(connection))
    if request.state.behavior.websocket is WebSocketBehavior.STUB:
        message = {"message": "WebSocket streaming not implemented yet"}
        await stream.send_event("error", message, request.state.behavior.wire_format)
        await reader
    else:
        await _stream_run(request, stream, reader)
    await _close(stream, reader)
    stream.drop(reset=False)
    return await never()


async def _stream_run(request: RouteRequest, stream: WebSocketStream, reader: asyncio.Task[None]) -> None:
    try:
        chat, question = _chat_and_question(request, token=request.recorded.query.get("token", ""))
    except RefusalError as refusal:
        await _refuse(request, stream, refusal)
        return
    await _play(request, _new_run(request, chat, question, stream), stream, reader)
    if not request.state.behavior.websocket_closes_when_done:
        await asyncio.wait({reader})


async def _refuse(request: RouteRequest, stream: WebSocketStream, refusal: RefusalError) -> None:
    """Refusals of credentials are close codes, all others an `error` event."""
    body, status = refusal.reply.body, refusal.reply.status
    message = body["detail"] if "detail" in body else body["message"]
    if status in {401, 403, 500}:
        await stream.close(4403 if status == 403 else 4401, message)
    else:
        await stream.send_event("error", {"message": message}, request.state.behavior.wire_format)


async def _close(stream: WebSocketStream, reader: asyncio.Task[None]) -> None:
    """Closes the WebSocket, or answers the close frame of the client."""
    if reader.done():
        await stream.acknowledge_close()
    else:
        await stream.close(1000, "")
        await asyncio.wait({reader}, timeout=CLOSE_TIMEOUT)


def _chat_and_question(request: RouteRequest, token: str | None = None) -> tuple[StoredChat, StoredMessage]:
    """The chat and its last message of the user; `token` is as in `RouteRequest.own_chat`."""
    chat = request.own_chat(NO_QUESTION, token=token)
    if chat.question is None:
        raise RefusalError(detail(404, NO_QUESTION))
    return chat, chat.question


def _new_run(request: RouteRequest, chat: StoredChat, message: StoredMessage, stream: Stream) -> ModelRun:
    state, query = request.state, request.recorded.query
    question = state.question(chat, message, {name: query.getall(name) for name in query if name != "token"})
    answer = state.answers.next_for(question)
    run = ModelRun(
        question=question,
        answer=answer,
        chat=chat,
        stream=stream,
        on_drop=answer.on_drop or state.on_drop,
        wire_format=answer.wire_format or state.behavior.wire_format,
    )
    state.runs.append(run)
    return run


async def _play(request: RouteRequest, run: ModelRun, stream: Stream, reader: asyncio.Task[None] | None = None) -> None:
    """Plays the run until it ends, its stream is over, or the client leaves; then the policy of the run applies."""
    playing = request.state.spawn(run.play())
    over = request.state.spawn(_wait(stream.over))
    try:
        await asyncio.wait({playing, over} | ({reader} if reader else set()), return_when=asyncio.FIRST_COMPLETED)
    finally:
        over.cancel()
        if not playing.done() and not stream.over.is_set():
            stream.over.set()
            _leave(run, playing)
    if playing.done() and not playing.cancelled():
        playing.result()  # an exception that a step raised is shown in the log of the server


def _leave(run: ModelRun, playing: asyncio.Task[None]) -> None:
    try:
        run.client_left()
    except ClientLeftError:
        playing.cancel()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _read_until_closed(connection: web.WebSocketResponse) -> None:
    """Returns when the client closes or is gone; aiohttp answers pings meanwhile."""
    ends = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
    while (await connection.receive()).type not in ends:
        pass


ROUTES = (
    Route("POST", "/chats", create),
    Route("GET", "/chats", list_chats),
    Route("GET", "/chats/{chat_id}", history),
    Route("DELETE", "/chats/{chat_id}", delete),
    Route("POST", "/chats/{chat_id}/messages", post_message),
    Route("GET", "/chats/{chat_id}/stream", stream_events),
    Route("WS", "/chats/{chat_id}/stream", stream_websocket),
)
