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
        self._has_all = False

    def joined(self, chat_id: str, *, has_all: bool) -> None:
        """Tells that the viewer joined: the stream was found; with `has_all` there is nothing left to read."""
        self._has_all = has_all
        self._began = time.monotonic()
        self._joined = ViewerJoined(stream_id=self._stream_id, chat_id=chat_id, owner=self._owner, after=self._after)
        self._notifier.tell("viewer_joined", self._joined)

    def received(self, events: int, *, has_all: bool) -> None:
        """Counts `events` more that were read; with `has_all` the answer's last one is among them."""
        self._events += events
        self._has_all = has_all

    def left(self) -> None:
        """Tells that the viewer left, if it had joined; idempotent."""
        joined, self._joined = self._joined, None
        if joined is not None:
            seconds = time.monotonic() - self._began
            left = ViewerLeft(viewer=joined, seconds=seconds, events=self._events, is_complete=self._has_all)
            self._notifier.tell("viewer_left", left)
