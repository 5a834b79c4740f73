"""Viewers' events as server-sent events, for any framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .viewer import Viewer

__all__ = ["BEGINNING", "HEADERS", "HEARTBEAT_SECONDS", "NOT_STORED", "next_chunk"]

HEARTBEAT_SECONDS = 15.0
"""Seconds of silence after which a comment is sent: proxies close connections on which nothing happens, often after 60."""
BEGINNING = b"retry: 1000\n\n"
"""What a response begins with: the milliseconds after which a browser whose connection is lost comes back."""
NOT_STORED: Mapping[str, str] = {"Cache-Control": "no-store"}
"""The header of a response without events."""
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would collect the events
}
"""The headers of the response; `no-store` also keeps proxies and service workers from answering with an old stream."""


async def next_chunk(viewer: Viewer, heartbeat: float) -> bytes:
    """What to write to a browser next: all events that are there by then, or a comment after `heartbeat` seconds without one.

    Nothing where the viewer is closed meanwhile. Who writes slowly writes few chunks.
    """
    events = await viewer.read(heartbeat)
    if events:
        return b"".join([event.to_sse() for event in events])
    return b"" if viewer.is_ended else b": \n\n"
