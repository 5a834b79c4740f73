"""Events of the relay itself, which no server sends: an answer was stopped, a viewer has to connect again."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import attrs

from ..events import AnswerEvent, StreamEvent

__all__ = ["AnswerStopped", "Reconnect", "ViewedEvent"]

StopReason = Literal["requested", "unwatched", "shutdown"]


@attrs.frozen
class AnswerStopped(StreamEvent):
    """The answer ends here, unfinished: somebody stopped it, nobody looked at it for too long, or the backend is ending.

    `reason` is ``requested``, ``unwatched`` or ``shutdown``. Nothing comes after it.
    """

    event: ClassVar[Literal["answer_stopped"]] = "answer_stopped"

    reason: StopReason = "requested"


@attrs.frozen
class Reconnect(StreamEvent):
    """This viewer has to connect again, after `retry_ms` milliseconds; the answer goes on. It is a connection's last event.

    A browser's EventSource does that by itself, with the id of the last event that it read.
    """

    event: ClassVar[Literal["reconnect"]] = "reconnect"

    retry_ms: int = 1000


ViewedEvent: TypeAlias = AnswerEvent | AnswerStopped | Reconnect
"""Any event that a viewer can get."""
