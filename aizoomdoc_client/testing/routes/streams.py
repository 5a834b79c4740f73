"""The two endpoints that run the model."""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from ..call import Call, RefusalError
from ..guise import WebSocketHabit
from ..responses import detail, never
from ..runs import DesertedError, ModelRun
from ..store import StoredChat, StoredMessage
from ..streams import EventSourceChannel, WebSocketChannel, cut

NO_QUESTION = "User message not found"
CLOSING_SECONDS = 2.0
"""How long the server waits for the client's close frame."""


async def event_source(call: Call) -> web.StreamResponse:
    """GET /chats/{chat_id}/stream: always a new run on the user's last message."""
    chat, message = _asked(call)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"})
    await response.prepare(call.request)
    channel = EventSourceChannel(call.request, response)
    run = _new_run(call, chat, message, channel)
    await _listen(call, run, channel)
    return response


async def websocket(call: Call) -> web.StreamResponse:
    """WS /chats/{chat_id}/stream, as the guise has it."""
    try:
        call.uuid("chat_id")
    except RefusalError:
        return web.Response(status=403)
    # autoclose would answer the client's close frame with one of its own; closing is what scripts are about.
    connection = web.WebSocketResponse(autoclose=False, compress=False)
    await connection.prepare(call.request)
    channel = WebSocketChannel(call.request, connection)
    reader = call.backend.spawn(_read_until_closed(connection))
    if call.backend.guise.websocket is WebSocketHabit.STUB:
        await channel.event("error", {"message": "WebSocket streaming not implemented yet"}, call.backend.guise.wire_format)
        await reader
    else:
        await _converse(call, channel, reader)
    await _part(channel, reader)
    cut(call.request, reset=False)
    return await never()


async def _part(channel: WebSocketChannel, reader: asyncio.Task[None]) -> None:
    """Closes the WebSocket, or answers the client's close frame."""
    if reader.done():
        await channel.acknowledge_close()
    else:
        await channel.close(1000, "")
        await asyncio.wait({reader}, timeout=CLOSING_SECONDS)


async def _converse(call: Call, channel: WebSocketChannel, reader: asyncio.Task[None]) -> None:
    try:
        chat, message = _asked(call, token=call.recorded.query.get("token", ""))
    except RefusalError as refusal:
        await _refuse(call, channel, refusal)
        return
    run = _new_run(call, chat, message, channel)
    await _listen(call, run, channel, reader)
    if not call.backend.guise.websocket_closes_when_done:
        await asyncio.wait({reader})


async def _refuse(call: Call, channel: WebSocketChannel, refusal: RefusalError) -> None:
    message = refusal.reply.body["detail"] if "detail" in refusal.reply.body else refusal.reply.body["message"]
    if refusal.reply.status in {401, 403, 500}:
        await channel.close(4403 if refusal.reply.status == 403 else 4401, message)
    else:
        await channel.event("error", {"message": message}, call.backend.guise.wire_format)


def _asked(call: Call, token: str | None = None) -> tuple[StoredChat, StoredMessage]:
    """The chat and the question in it, for whoever the header or, if given, the query's `token` says."""
    chat = call.own_chat(NO_QUESTION, token=token)
    if chat.question is None:
        raise RefusalError(detail(404, NO_QUESTION))
    return chat, chat.question


def _new_run(call: Call, chat: StoredChat, message: StoredMessage, channel: EventSourceChannel | WebSocketChannel) -> ModelRun:
    backend, query = call.backend, call.recorded.query
    question = backend.question(chat, message, {name: query.getall(name) for name in query if name != "token"})
    answer = backend.script.next_for(question)
    run = ModelRun(
        question=question,
        answer=answer,
        chat=chat,
        channel=channel,
        on_drop=answer.on_drop or backend.on_drop,
        wire_format=answer.wire_format or backend.guise.wire_format,
    )
    backend.runs.append(run)
    return run


async def _listen(
    call: Call, run: ModelRun, channel: EventSourceChannel | WebSocketChannel, reader: asyncio.Task[None] | None = None
) -> None:
    """Plays the run until it ends, the stream is over, or the client leaves; then the run's own policy holds."""
    playing = call.backend.spawn(run.play())
    over = call.backend.spawn(_wait(channel.over))
    try:
        await asyncio.wait({playing, over} | ({reader} if reader else set()), return_when=asyncio.FIRST_COMPLETED)
    finally:
        over.cancel()
        if not playing.done() and not channel.over.is_set():
            channel.over.set()
            _leave(run, playing)
    if playing.done() and not playing.cancelled():
        playing.result()  # a step's own mistake shows in the server's log


def _leave(run: ModelRun, playing: asyncio.Task[None]) -> None:
    try:
        run.deserted()
    except DesertedError:
        playing.cancel()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _read_until_closed(connection: web.WebSocketResponse) -> None:
    """Returns when the client closes or is gone; pings are answered meanwhile."""
    ends = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
    while (await connection.receive()).type not in ends:
        pass
