"""Answers for browsers behind aiohttp.web: server-sent events, WebSockets, and an end without hanging."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from .exceptions import BackplaneAwayError, StreamNotFoundError
from .relay import Relay
from .relayed_event import COME_BACK, NOT_FOUND, TRY_AGAIN_LATER
from .sse import BEGINNING, HEADERS, HEARTBEAT_SECONDS, NOT_STORED, next_chunk
from .viewer import Viewer

__all__ = ["respond_events", "send_events", "setup"]

LOOK_SECONDS = 0.5
"""Seconds between looks whether a browser is still there."""


async def respond_events(
    request: web.Request,
    relay: Relay,
    stream_id: str,
    *,
    owner: str,
    after: int | str | None = None,
    heartbeat: float = HEARTBEAT_SECONDS,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Writes the events of an answer as server-sent events, until its end or until the browser leaves: what a handler returns.

    The browser's ``Last-Event-ID`` says where it goes on; `after` does where it cannot be sent, as at the first connection after
    a page was loaded again. An unknown stream, or another owner's, is a 404. A browser that has all of an answer gets a 204, at
    which it does not come back. Every `heartbeat` seconds of silence a comment is sent.
    """
    viewer = relay.events(stream_id, owner=owner, after=request.headers.get("Last-Event-ID", after))
    try:
        async with viewer:
            if viewer.is_complete:
                return web.Response(status=204, headers=NOT_STORED)
            response = web.StreamResponse(headers=HEADERS)
            response.headers.update(headers or {})
            await response.prepare(request)
            await _write(request, response, viewer, heartbeat)
            return response
    except BackplaneAwayError:
        return web.Response(body=COME_BACK.to_sse(), headers=HEADERS)  # it would not come back after the status of an error
    except StreamNotFoundError as error:
        return web.Response(status=404, text=str(error), headers=NOT_STORED)


async def _write(request: web.Request, response: web.StreamResponse, viewer: Viewer, heartbeat: float) -> None:
    leaving = asyncio.create_task(_close_when_left(request, viewer), name="browser leaves")
    try:
        chunk = BEGINNING
        while chunk:
            await response.write(chunk)
            chunk = await next_chunk(viewer, heartbeat)
        await response.write_eof()
    except ConnectionError:  # the browser has left
        pass
    finally:
        leaving.cancel()


async def _close_when_left(request: web.Request, viewer: Viewer) -> None:
    """Closes the viewer once the connection is lost: aiohttp lets a handler run on that writes nothing."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(LOOK_SECONDS)
    viewer.close()


async def send_events(websocket: web.WebSocketResponse, viewer: Viewer) -> None:
    """Sends the events to a prepared WebSocket, each as one frame of JSON with its `id`, and closes it after the last one.

    Ends when the browser leaves. A stream that there is not closes it with the code 4404. Where only other workers could tell of
    the stream, and they cannot be reached, a `Reconnect` is sent and the code is 1013: the page's script connects again, as after
    any `Reconnect` and any close without an answer's end.
    """
    try:
        async with viewer:
            leaving = asyncio.create_task(_close_when_closed(websocket, viewer), name="browser leaves")
            try:
                while not viewer.is_ended:
                    for event in await viewer.read():
                        await websocket.send_str(event.to_json())
            finally:
                leaving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await leaving
        await websocket.close()
    except BackplaneAwayError:
        with contextlib.suppress(ConnectionError):
            await websocket.send_str(COME_BACK.to_json())
            await websocket.close(code=TRY_AGAIN_LATER)
    except StreamNotFoundError as error:
        await websocket.close(code=NOT_FOUND, message=str(error).encode())
    except ConnectionError:
        pass


async def _close_when_closed(websocket: web.WebSocketResponse, viewer: Viewer) -> None:
    async for _ in websocket:
        pass
    viewer.close()


def setup(app: web.Application, relay: Relay) -> None:
    """Ends the relay with the application.

    At its shutdown the relay begins to close before aiohttp waits for open responses, and is closed at its cleanup.
    """

    async def begin_close(_: web.Application) -> None:
        relay.begin_close()

    async def running(_: web.Application) -> AsyncIterator[None]:
        async with relay:
            yield

    app.on_shutdown.append(begin_close)
    app.cleanup_ctx.append(running)
