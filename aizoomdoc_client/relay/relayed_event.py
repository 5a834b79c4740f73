"""An event as viewers get it: with its id, and encoded once for all of them."""

from __future__ import annotations

from .control_events import AnswerStopped, Reconnect, ViewedEvent

__all__ = ["NOWHERE", "RelayedEvent"]

NOWHERE = 2**53 - 1
"""The id of a snapshot's beginning, the greatest number that is exact in JavaScript: no event has it, in no worker.

Without one, who loses the connection within a snapshot would go on after the event that it had before, with its text taken back.
"""

LAST = frozenset({"completed", "error", AnswerStopped.event})
"""The names of the events of which one ends every answer."""


class RelayedEvent:
    """One event of an answer, with the `id` by which a viewer goes on after it.

    `id` counts from 1 within a stream, and is `NOWHERE` at the beginning of a snapshot. It is None where who goes on from here
    would miss something: within a snapshot of the answer, and for events of one connection only.
    """

    __slots__ = ("_sse", "event", "id")

    def __init__(self, id: int | None, event: ViewedEvent) -> None:  # noqa: A002 - the name in the standard of server-sent events
        self.id: int | None = id
        self.event: ViewedEvent = event
        self._sse: bytes | None = None

    def __repr__(self) -> str:
        return f"RelayedEvent({self.id}, {self.event!r})"

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it: the answer is at its end, or the viewer has to connect again."""
        return self.event.event in LAST or isinstance(self.event, Reconnect)

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
