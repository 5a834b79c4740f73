"""Viewers' events as server-sent events, for any framework."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from .control_events import Reconnect
from .relayed_event import RelayedEvent

if TYPE_CHECKING:
    from .viewer import Viewer

__all__ = ["COME_BACK", "HEADERS", "HEARTBEAT_SECONDS", "encoded"]

HEARTBEAT_SECONDS = 15.0
"""Seconds of silence after which a comment is sent: proxies close connections on which nothing happens, often after 60."""
RETRY_MS = 1000
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would collect the events
}
"""The headers of the response; `no-store` also keeps proxies and service workers from answering with an old stream."""

COME_BACK = RelayedEvent(None, Reconnect(2000)).to_sse()
"""All of a response where only other workers could tell of a stream, and they cannot be reached: a browser comes back after it,
but not after a response with the status of an error."""


async def encoded(viewer: Viewer, *, heartbeat: float = HEARTBEAT_SECONDS) -> AsyncIterator[bytes]:
    """What to write to a browser, chunk by chunk: first how soon it comes back, then events, and comments where none come.

    A chunk has all events that are there when it is asked for, so that whoever writes slowly writes few of them.
    """
    yield b"retry: %d\n\n" % RETRY_MS
    while not viewer.is_ended:
        events = await viewer.read(heartbeat)
        if len(events) == 1:
            yield events[0].to_sse()
        elif events:
            yield b"".join([event.to_sse() for event in events])
        elif not viewer.is_ended:
            yield b": \n\n"
