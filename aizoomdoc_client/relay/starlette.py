"""Answers for browsers behind Starlette and FastAPI: server-sent events, WebSockets, and an end without hanging."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.websockets import WebSocketDisconnect, WebSocketState

from .exceptions import BackplaneAwayError, StreamNotFoundError
from .relay import Relay
from .sse import COME_BACK, HEADERS, HEARTBEAT_SECONDS, encoded
from .viewer import Viewer

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket

__all__ = ["EventsResponse", "lifespan", "send_events"]

NOT_STORED = {"Cache-Control": "no-store"}


class EventsResponse(Response):
    """The events of an answer as server-sent events: what an endpoint returns.

    The browser's ``Last-Event-ID`` says where it goes on; `after` does where it cannot be sent, as at the first connection after
    a page was loaded again. An unknown stream, or another owner's, is a 404. A browser that has all of an answer
    gets a 204, at which it does not come back. Every `heartbeat` seconds of silence a comment is sent.
    """

    def __init__(
        self,
        relay: Relay,
        stream_id: str,
        *,
        owner: str,
        after: int | str | None = None,
        heartbeat: float = HEARTBEAT_SECONDS,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(headers={**HEADERS, **(headers or {})})
        self._relay = relay
        self._stream_id = stream_id
        self._owner = owner
        self._after = after
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Writes the events until the answer's end, or until the browser leaves."""
        last_event_id = dict(scope["headers"]).get(b"last-event-id")
        after = self._after if last_event_id is None else last_event_id.decode("latin-1")
        viewer = self._relay.events(self._stream_id, owner=self._owner, after=after)
        try:
            async with viewer:
                if viewer.is_complete:
                    await Response(status_code=204, headers=NOT_STORED)(scope, receive, send)
                else:
                    await self._write(viewer, receive, send)
        except BackplaneAwayError:
            await Response(COME_BACK, headers=HEADERS)(scope, receive, send)
        except StreamNotFoundError as error:
            await PlainTextResponse(str(error), 404, NOT_STORED)(scope, receive, send)

    async def _write(self, viewer: Viewer, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        leaving = asyncio.create_task(_close_when_left(receive, viewer), name="browser leaves")
        try:
            async for chunk in encoded(viewer, heartbeat=self._heartbeat):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except OSError:  # as servers say it that the browser has left
            pass
        finally:
            leaving.cancel()


async def _close_when_left(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.close()


async def send_events(websocket: WebSocket, viewer: Viewer) -> None:
    """Sends the events to an accepted WebSocket, each as one frame of JSON with its `id`, and closes it after the last one.

    Ends when the browser leaves. A stream that there is not closes it with the code 4404.
    """
    leaving: asyncio.Task[None] | None = None
    try:
        async with viewer:
            leaving = asyncio.create_task(_close_when_closed(websocket, viewer), name="browser leaves")
            while not viewer.is_ended:
                for event in await viewer.read():
                    await websocket.send_text(event.to_json())
        if websocket.client_state is WebSocketState.CONNECTED:
            await websocket.close()
    except StreamNotFoundError as error:
        await websocket.close(4404, str(error))
    except (WebSocketDisconnect, OSError):
        pass
    finally:
        if leaving is not None:
            leaving.cancel()


async def _close_when_closed(websocket: WebSocket, viewer: Viewer) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    viewer.close()


@asynccontextmanager
async def lifespan(relay: Relay) -> AsyncGenerator[None, None]:
    """Ends the relay with the application: to be entered in the application's lifespan.

    Servers as uvicorn wait at SIGTERM until all responses are complete, and only then end the application, so that open streams
    of events would hold them up until their time limit. Therefore the relay begins to close when the signal comes.
    """
    loop = asyncio.get_running_loop()
    with _at_signals(lambda: loop.call_soon_threadsafe(relay.begin_close)):
        try:
            yield
        finally:
            await relay.close()


@contextmanager
def _at_signals(notify: Callable[[], object]) -> Generator[None]:
    """Calls `notify` before what handles SIGTERM and SIGINT already; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle(number: int, frame: FrameType | None) -> None:
        notify()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number, handler in before.items() if callable(handler)]  # else the process would no longer end
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is handle:
                with contextlib.suppress(TypeError):
                    signal.signal(number, before[number])
