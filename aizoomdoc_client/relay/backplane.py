"""What the workers of a backend share, so that each can serve every viewer and go on with every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

import attrs

from .control_events import ViewedEvent
from .stream_facts import StreamFacts

__all__ = ["Backplane", "Batch", "Hold", "StreamState", "connected"]

Hold: TypeAlias = Literal["held", "stop", "lost", "unknown", "gap"]
"""The caller reads an answer; it is to stop; another worker reads; nothing is known of the answer; events before are missing."""


@attrs.frozen
class Batch:
    """Events that follow the one with the id `before`, up to the one with `last_id`; `ids` of all but a snapshot's.

    Without `before` they are a snapshot of the whole answer.
    """

    before: int | None
    last_id: int
    events: Sequence[ViewedEvent]

    def ids(self) -> Sequence[int]:
        """The ids of the events: their numbers up to `last_id`."""
        return range(self.last_id - len(self.events) + 1, self.last_id + 1)


@attrs.frozen
class StreamState:
    """What is known of an answer: its facts, the fencing token of who reads it or did so last, and how it goes."""

    facts: StreamFacts
    fence: int
    is_read: bool
    stop_wanted: bool
    last_id: int
    ending: ViewedEvent | None


class Backplane(Protocol):
    """Keeps what is known of each answer, its latest events, and who reads it. All methods raise `BackplaneAwayError`."""

    lease_seconds: float
    """How long a worker that does not say that it lives counts as reading."""

    async def open(self, stop: Callable[[str], None]) -> None:
        """Begins to tell of answers that are to be stopped."""
        ...

    async def close(self) -> None:
        """Ends that."""
        ...

    async def keep(self, stream_id: str, facts: StreamFacts, fence: int) -> bool:
        """Keeps the facts of an answer that the caller reads under `fence`; False when another one reads."""
        ...

    async def publish(self, stream_id: str, fence: int, batch: Batch | None) -> Hold:
        """Publishes events, if any, and says that the caller still reads; whether it is so.

        A batch that is there already is not added again; one that does not follow on what is there is not added: ``gap``.
        """
        ...

    async def state(self, stream_id: str) -> StreamState | None:
        """What is known of an answer."""
        ...

    async def batches(self, stream_id: str, after: int) -> Sequence[Batch]:
        """The batches that end after the event with the id `after`."""
        ...

    async def take_up(self, stream_id: str, state: StreamState) -> StreamState | None:
        """`state` as the caller reads the answer from now on; None when somebody else does, or did since `state`.

        Its facts are those that are kept by now, because who read the answer may have kept others since `state`.
        """
        ...

    async def release(self, stream_id: str, fence: int) -> None:
        """Lets another worker read."""
        ...

    async def watch(self, stream_id: str) -> None:
        """Says that somebody looks at an answer that another worker reads; it holds for `lease_seconds`."""
        ...

    async def is_watched(self, stream_id: str) -> bool:
        """Whether a worker said so."""
        ...

    async def want_stop(self, stream_id: str) -> None:
        """Tells whoever reads the answer to stop it."""
        ...

    async def follow(self, stream_id: str, heard: Callable[[Batch], None]) -> None:
        """Begins to tell of batches of an answer as they are published; some may be missing after a lost connection."""
        ...

    async def leave(self, stream_id: str) -> None:
        """Ends that."""
        ...


def connected(batches: Sequence[Batch]) -> Sequence[Batch]:
    """Those of `batches` that are an answer from its beginning on, with nothing missing and nothing twice."""
    found = list[Batch]()
    for batch in batches:
        if not batch.before:
            found = [batch]
        elif found and batch.before == found[-1].last_id:
            found.append(batch)
    return found
