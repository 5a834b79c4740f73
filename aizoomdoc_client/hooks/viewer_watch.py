"""Tells that a viewer of a relay's answer joined, and that it left."""

from __future__ import annotations

import time

from .details import ViewerJoined, ViewerLeft
from .notifier import Notifier


class ViewerWatch:
    """One viewer of the stream `stream_id`."""

    def __init__(self, notifier: Notifier, stream_id: str, owner: str, after: int) -> None:
        self._notifier = notifier
        self._stream_id = stream_id
        self._owner = owner
        self._after = after
        self._joined: ViewerJoined | None = None
        self._began = 0.0
        self._events = 0

    def joined(self, chat_id: str) -> None:
        """The stream was found, and is read from now on."""
        self._began = time.monotonic()
        self._joined = ViewerJoined(stream_id=self._stream_id, chat_id=chat_id, owner=self._owner, after=self._after)
        self._notifier.tell("viewer_joined", self._joined)

    def received(self, events: int) -> None:
        """So many events more were read."""
        self._events += events

    def left(self, *, is_complete: bool) -> None:
        """Nobody reads any more; idempotent."""
        joined, self._joined = self._joined, None
        if joined is not None:
            seconds = time.monotonic() - self._began
            self._notifier.tell(
                "viewer_left", ViewerLeft(viewer=joined, seconds=seconds, events=self._events, is_complete=is_complete)
            )
