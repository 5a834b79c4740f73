"""Answers for browsers behind Starlette and FastAPI: server-sent events, WebSockets, and an end without hanging.

Needs nothing but ASGI, so that no framework has to be there to import it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

from .exceptions import StreamNotFoundError
from .relay import Relay
from .sse import HEADERS, HEARTBEAT_SECONDS, encoded
from .viewer import Viewer

__all__ = ["EventsResponse", "lifespan"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class EventsResponse:
    """An ASGI response with the events of an answer; of Starlette and FastAPI, what an endpoint returns.

    The browser's ``Last-Event-ID`` says where it goes on; `after` does where it cannot be sent, as at the first connection after
    a page was loaded again. An unknown stream, or another owner's, is a 404. A browser that has all of an answer
    gets a 204, at which it does not come back. Every `heartbeat` seconds of silence a comment is sent.
    """

    background = None  # as frameworks ask of a response

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
        self._relay = relay
        self._stream_id = stream_id
        self._owner = owner
        self._after = after
        self._heartbeat = heartbeat
        self._headers = {**HEADERS, **(headers or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Writes the events until the answer's end, or until the browser leaves."""
        last_event_id = dict(scope["headers"]).get(b"last-event-id")
        after = self._after if last_event_id is None else last_event_id.decode("latin-1")
        viewer = self._relay.events(self._stream_id, owner=self._owner, after=after)
        try:
            async with viewer:
                if viewer.is_complete:
                    await _respond(send, 204)
                else:
                    await self._write(viewer, receive, send)
        except StreamNotFoundError as error:
            await _respond(send, 404, str(error).encode())

    async def _write(self, viewer: Viewer, receive: Receive, send: Send) -> None:
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self._headers.items()]
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


async def _respond(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"cache-control", b"no-store")]
    if body:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
def _at_signals(notify: Callable[[], object]) -> Iterator[None]:
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
