"""An event as viewers get it: with its id, and encoded once for all of them."""

from __future__ import annotations

from .control_events import AnswerStopped, Reconnect, ViewedEvent

__all__ = ["COME_BACK", "LAST", "NOT_FOUND", "TRY_AGAIN_LATER", "RelayedEvent"]

LAST = frozenset({"completed", "error", AnswerStopped.event})
"""The names of the events of which one ends every answer."""


class RelayedEvent:
    """One event of an answer, with the `id` by which a viewer goes on after it.

    `id` grows within a stream, from 1, and is `event_ids.NOWHERE` where a snapshot begins. It is None where who goes on from here
    would miss something: within a snapshot of the answer, and for events of one connection only.
    """

    __slots__ = ("_sse", "event", "id")

    def __init__(self, id: int | None, event: ViewedEvent) -> None:  # noqa: A002 - the name in the standard of server-sent events
        self.id: int | None = id
        self.event: ViewedEvent = event
        self._sse: bytes | None = None

    def __repr__(self) -> str:
        return f"RelayedEvent({self.id}, {self.event!r})"

    def to_sse(self) -> bytes:
        """The server-sent event, its blank line included: name, data and id. What several viewers ask for is encoded once."""
        encoded = self._sse
        if encoded is None:
            encoded = self._sse = self._encoded()
        return encoded

    def to_json(self) -> str:
        """The event as a WebSocket frame: what `to_json` of the event gives, and its ``id``."""
        return f'{{"id":{"null" if self.id is None else self.id},{self.event.to_json()[1:]}'

    def _encoded(self) -> bytes:
        event, head = self.event, "" if self.id is None else f"id: {self.id}\n"
        if isinstance(event, Reconnect):
            head = f"retry: {event.retry_ms}\n"
        return f"{head}{event.to_sse()}".encode()


COME_BACK = RelayedEvent(None, Reconnect(2000))
"""All that a connection gets where only other workers could tell of a stream, and they cannot be reached."""
TRY_AGAIN_LATER = 1013
"""The code with which a WebSocket is closed after `COME_BACK`."""
NOT_FOUND = 4404
"""The code with which a WebSocket is closed where there is no such stream; a server's own has the same meaning."""
