"""Answers for browsers behind Starlette and FastAPI: server-sent events, WebSockets, and an end without hanging."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.websockets import WebSocketDisconnect, WebSocketState

from .control_events import Reconnect
from .exceptions import BackplaneAwayError, StreamNotFoundError
from .relay import Relay
from .relayed_event import COME_BACK, NOT_FOUND, TRY_AGAIN_LATER, RelayedEvent
from .server_end import when_server_ends
from .sse import BEGINNING, HEADERS, HEARTBEAT_SECONDS, NOT_STORED, next_chunk
from .viewer import Viewer

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket

__all__ = ["EventsResponse", "lifespan", "send_events"]

_HEADERS = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
LAST_EVENT_SECONDS = 0.1
"""The longest wait for a browser to take its last event when the server's time limit has passed."""


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
        super().__init__()
        self.raw_headers: list[tuple[bytes, bytes]] = [*_HEADERS]
        if headers:
            self.headers.update(headers)
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
            # a browser does not come back after a response with the status of an error
            await Response(COME_BACK.to_sse(), headers=HEADERS)(scope, receive, send)
        except StreamNotFoundError as error:
            await PlainTextResponse(str(error), 404, NOT_STORED)(scope, receive, send)

    async def _write(self, viewer: Viewer, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        leaving = asyncio.create_task(_close_when_left(receive, viewer), name="browser leaves")
        try:
            chunk = BEGINNING
            while chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await next_chunk(viewer, self._heartbeat)
            await send({"type": "http.response.body", "body": b""})
        except OSError:  # as servers say it that the browser has left
            pass
        except asyncio.CancelledError:
            if not self._relay.is_closing:
                raise
            await _send_reconnect(send)  # the server's time limit has passed; raised, it would be logged as a failure
        finally:
            leaving.cancel()


async def _send_reconnect(send: Send) -> None:
    """Tells the browser to connect again, if it takes the event at once."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(LAST_EVENT_SECONDS):
            await send({"type": "http.response.body", "body": RelayedEvent(None, Reconnect()).to_sse()})


async def _close_when_left(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.close()


async def send_events(websocket: WebSocket, viewer: Viewer) -> None:
    """Sends the events to an accepted WebSocket, each as one frame of JSON with its `id`, and closes it after the last one.

    Ends when the browser leaves. A stream that there is not closes it with the code 4404. Where only other workers could tell of
    the stream, and they cannot be reached, a `Reconnect` is sent and the code is 1013: the page's script connects again, as after
    any `Reconnect` and any close without an answer's end.
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
    except BackplaneAwayError:
        with contextlib.suppress(WebSocketDisconnect, OSError):
            await websocket.send_text(COME_BACK.to_json())
            await websocket.close(TRY_AGAIN_LATER)
    except StreamNotFoundError as error:
        await websocket.close(NOT_FOUND, str(error))
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
    of events would hold them up until their time limit. Therefore the relay begins to close when the signal comes, or uvicorn
    ends for another reason, and then waits no longer than uvicorn's ``--timeout-graceful-shutdown`` allows.
    """
    async with when_server_ends(relay.begin_close):
        try:
            yield
        finally:
            await relay.close()
