"""Answers as they come: server-sent events and WebSocket frames from one source."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import attrs
import msgspec
from aiohttp import WSMsgType, web

from ...events import AnswerEvent
from ..asking import conduct
from ..failures import Failure
from ..parts import Parts, parts_of
from ..scope import Asked, Narrowing, asked
from .fields import json_query, path_uuid, query
from .who import current_user, user_of

_CLOSE_CODES = {401: 4401, 403: 4403, 404: 4404, 422: 4422}
_GOING_AWAY = 1001
_LONGEST_REASON = 123  # bytes, RFC 6455 §5.5
_LARGEST_FRAME = 64 * 1024
_CLOSE_SECONDS = 3.0


@attrs.frozen(kw_only=True)
class StreamQuery:
    """Query of the stream; the last two are JSON."""

    client_id: str | None = None
    document_ids: tuple[UUID, ...] = ()
    compare_document_ids_a: tuple[UUID, ...] = ()
    compare_document_ids_b: tuple[UUID, ...] = ()
    google_files: str | None = None
    tree_files: str | None = None


@attrs.frozen(kw_only=True)
class GoogleFile:
    """One of `google_files`."""

    uri: str
    mime_type: str | None = None
    storage_path: str | None = None


@attrs.frozen(kw_only=True)
class TreeFile:
    """One of `tree_files`."""

    r2_key: str
    file_type: str | None = None


def _narrowing(request: web.Request) -> Narrowing:
    given = query(request, StreamQuery)
    files = json_query("google_files", given.google_files, list[GoogleFile]) or []
    tree = json_query("tree_files", given.tree_files, list[TreeFile]) or []
    return Narrowing(
        client_id=given.client_id,
        document_ids=tuple(map(str, given.document_ids)),
        file_uris=tuple(file.uri for file in files),
        tree_keys=tuple(file.r2_key for file in tree),
        compare_a=tuple(map(str, given.compare_document_ids_a)),
        compare_b=tuple(map(str, given.compare_document_ids_b)),
    )


async def stream(request: web.Request) -> web.StreamResponse:
    """The answer to the chat's last user message, by WebSocket where the client asks for one."""
    with parts_of(request).streams.held():
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await _by_websocket(request)
        return await _by_events(request)


async def _by_events(request: web.Request) -> web.StreamResponse:
    parts, user = parts_of(request), await current_user(request)
    question = await asked(parts, user, path_uuid(request, "chat_id"), _narrowing(request))
    headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)

    async def emit(event: AnswerEvent) -> None:
        await response.write(b"event: %b\ndata: %b\n\n" % (event.event.encode(), msgspec.json.encode(event.data)))

    with contextlib.suppress(ConnectionError):
        await conduct(parts, question, emit)
        await response.write_eof()
    return response


async def _by_websocket(request: web.Request) -> web.WebSocketResponse:
    parts, socket = parts_of(request), web.WebSocketResponse(max_msg_size=_LARGEST_FRAME, timeout=_CLOSE_SECONDS)
    await socket.prepare(request)
    try:
        question = await _asked_by_socket(request)
        await _answer_by_socket(parts, question, socket)
        await socket.close()
    except Failure as failure:
        await socket.close(code=_CLOSE_CODES.get(failure.status, 1011), message=_reason(failure))
    except asyncio.CancelledError:
        if parts.streams.stopping:
            await socket.close(code=_GOING_AWAY, drain=False)
        raise
    return socket


async def _asked_by_socket(request: web.Request) -> Asked:
    parts, token = parts_of(request), request.query.get("token", "")
    if not token:
        raise Failure(401, "Not authenticated")
    user = await user_of(parts, parts.access_tokens.read(token))
    try:
        chat_id = path_uuid(request, "chat_id")
    except Failure as failure:
        raise Failure(404, failure.line) from None
    return await asked(parts, user, chat_id, _narrowing(request))


async def _answer_by_socket(parts: Parts, question: Asked, socket: web.WebSocketResponse) -> None:
    """Runs until the answer is out or the client is gone, whichever comes first."""

    async def emit(event: AnswerEvent) -> None:
        frame = {"event": event.event, "data": event.data, "timestamp": datetime.now(UTC)}
        await socket.send_str(msgspec.json.encode(frame).decode())

    async with asyncio.TaskGroup() as group:
        answering = group.create_task(_while_connected(conduct(parts, question, emit)))
        leaving = group.create_task(_until_gone(socket))
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        answering.cancel()
        leaving.cancel()


async def _while_connected(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(ConnectionError):
        await work


async def _until_gone(socket: web.WebSocketResponse) -> None:
    """Whatever the client says is passed over, until it says goodbye."""
    while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
        pass


def _reason(failure: Failure) -> bytes:
    return failure.line.encode()[:_LONGEST_REASON].decode("utf-8", "ignore").encode()


ROUTES = (web.get("/chats/{chat_id}/stream", stream, allow_head=False),)
