"""Tells opening and closing of an answer's stream, with what came by it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..exceptions import AIZoomDocError
from .details import StreamClosed, StreamOpened
from .scope import Scope

Frame = bytes | tuple[bytes, bytes]
"""A WebSocket's message, or the lines of a server-sent event."""


class StreamWatch:
    """One open stream, whose first frames are here."""

    def __init__(self, scope: Scope, frames: Sequence[Frame]) -> None:
        self._notifier = scope.notifier
        self._opened = StreamOpened(answer=scope.answer, transport="websocket" if isinstance(frames[0], bytes) else "sse")
        self._began = time.monotonic()
        self._frames = 0
        self._bytes = 0
        self._notifier.tell("stream_opened", self._opened)
        self.received(frames)

    def received(self, frames: Sequence[Frame]) -> None:
        """Counts what came."""
        self._frames += len(frames)
        self._bytes += sum(len(frame) if isinstance(frame, bytes) else len(frame[0]) + len(frame[1]) for frame in frames)

    def closed(self, error: AIZoomDocError | None = None) -> None:
        """The stream is closed; to be called once."""
        closed = StreamClosed(
            stream=self._opened,
            error=error,
            seconds=time.monotonic() - self._began,
            frames=self._frames,
            bytes_received=self._bytes,
        )
        self._notifier.tell("stream_closed", closed)
