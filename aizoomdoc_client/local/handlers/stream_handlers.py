"""Streams of answers, as server-sent events and as WebSocket frames."""

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

from ...events import AnswerEvent, LLMFinal
from ..answering.answer_run import run_answer
from ..app_state import state_of
from ..question_scope import ScopedQuestion, StreamScope, last_question
from ..request_errors import RequestError
from .http_responses import EVENT_STREAM
from .request_data import active_user, current_user, read_path_uuid, read_query, read_query_json
from .request_log import ANSWER_CHARACTERS

_CLOSE_CODES = {401: 4401, 403: 4403, 404: 4404, 422: 4422, 503: 1013}
_GOING_AWAY = 1001
_LONGEST_REASON = 123  # bytes, RFC 6455 §5.5
_LARGEST_FRAME = 64 * 1024  # bytes of a client's message
_CLOSE_SECONDS = 3.0  # for a client's closing handshake
_GOING_AWAY_SECONDS = 1.0  # likewise, while the server stops


@attrs.frozen(kw_only=True)
class StreamQuery:
    """Query of GET /chats/{id}/stream; the last two are JSON."""

    client_id: str | None = None
    document_ids: tuple[UUID, ...] = ()
    compare_document_ids_a: tuple[UUID, ...] = ()
    compare_document_ids_b: tuple[UUID, ...] = ()
    google_files: str | None = None
    tree_files: str | None = None


@attrs.frozen(kw_only=True)
class GoogleFile:
    """An item of `google_files`."""

    uri: str
    mime_type: str | None = None
    storage_path: str | None = None


@attrs.frozen(kw_only=True)
class TreeFile:
    """An item of `tree_files`."""

    r2_key: str
    file_type: str | None = None


def _scope(request: web.Request) -> StreamScope:
    given = read_query(request, StreamQuery)
    files = read_query_json("google_files", given.google_files, list[GoogleFile]) or []
    tree = read_query_json("tree_files", given.tree_files, list[TreeFile]) or []
    return StreamScope(
        client_id=given.client_id,
        document_ids=tuple(map(str, given.document_ids)),
        file_uris=tuple(file.uri for file in files),
        tree_keys=tuple(file.r2_key for file in tree),
        compare_a=tuple(map(str, given.compare_document_ids_a)),
        compare_b=tuple(map(str, given.compare_document_ids_b)),
    )


async def stream(request: web.Request) -> web.StreamResponse:
    """The answer to the chat's last user message, by WebSocket where the client asks for one."""
    with state_of(request).streams.track():
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await _stream_websocket(request)
        return await _stream_events(request)


async def _stream_events(request: web.Request) -> web.StreamResponse:
    state, user = state_of(request), await current_user(request)
    question = await last_question(state, user, read_path_uuid(request, "chat_id"), _scope(request))
    response = web.StreamResponse(headers=EVENT_STREAM)
    await response.prepare(request)

    async def emit(event: AnswerEvent) -> None:
        _note_length(request, event)
        await response.write(b"event: %b\ndata: %b\n\n" % (event.event.encode(), msgspec.json.encode(event.data)))

    with contextlib.suppress(ConnectionError):
        await run_answer(state, question, emit)
        await response.write_eof()
    return response


async def _stream_websocket(request: web.Request) -> web.WebSocketResponse:
    state, socket = state_of(request), web.WebSocketResponse(max_msg_size=_LARGEST_FRAME, timeout=_CLOSE_SECONDS)
    await socket.prepare(request)
    try:
        question = await _socket_question(request)
        await _answer_socket(request, question, socket)
        await socket.close()
    except RequestError as error:
        await socket.close(code=_CLOSE_CODES.get(error.status, 1011), message=_close_reason(error))
    except asyncio.CancelledError:
        if state.streams.stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOING_AWAY_SECONDS):
                    await socket.close(code=_GOING_AWAY, drain=False)
        raise
    return socket


async def _socket_question(request: web.Request) -> ScopedQuestion:
    state, token = state_of(request), request.query.get("token", "")
    if not token:
        raise RequestError(401, "Not authenticated")
    user = await active_user(request, state.access_tokens.read(token))
    try:
        chat_id = read_path_uuid(request, "chat_id")
    except RequestError as error:
        raise RequestError(404, error.message) from None
    return await last_question(state, user, chat_id, _scope(request))


async def _answer_socket(request: web.Request, question: ScopedQuestion, socket: web.WebSocketResponse) -> None:
    """Sends the answer; stops when the client disconnects."""

    async def emit(event: AnswerEvent) -> None:
        _note_length(request, event)
        frame = {"event": event.event, "data": event.data, "timestamp": datetime.now(UTC)}
        await socket.send_str(msgspec.json.encode(frame).decode())

    async with asyncio.TaskGroup() as group:
        answering = group.create_task(_while_connected(run_answer(state_of(request), question, emit)))
        leaving = group.create_task(_until_disconnected(socket))
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        answering.cancel()
        leaving.cancel()


async def _while_connected(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(ConnectionError):
        await work


async def _until_disconnected(socket: web.WebSocketResponse) -> None:
    """Reads and ignores what the client sends, until it disconnects."""
    while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
        pass


def _note_length(request: web.Request, event: AnswerEvent) -> None:
    if isinstance(event, LLMFinal):
        request[ANSWER_CHARACTERS] = len(event.content)


def _close_reason(error: RequestError) -> bytes:
    return error.message.encode()[:_LONGEST_REASON].decode("utf-8", "ignore").encode()


ROUTES = (web.get("/chats/{chat_id}/stream", stream, allow_head=False),)
