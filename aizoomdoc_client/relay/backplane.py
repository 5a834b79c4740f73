"""What the workers of a backend share, so that each can serve every viewer and go on with every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

import attrs

from .control_events import ViewedEvent
from .stream_facts import StreamFacts

__all__ = ["Backplane", "Batch", "LeaseState", "StreamState", "connected"]

LeaseState: TypeAlias = Literal["held", "stop", "lost", "unknown", "gap"]
"""Whether the caller of `Backplane.publish` still has the lease of an answer.

``held``: it has, and what it gave is published. ``stop``: so it is, and somebody wants the answer stopped. ``lost``: another
worker has it. ``unknown``: the backplane knows nothing of the answer. ``gap``: it lacks events before those that were given.
"""


@attrs.frozen
class Batch:
    """Events that follow the one with the id `before`, up to the one with `last_id`.

    Where `before` is None they are a snapshot of the whole answer, and have no `ids` of their own.
    """

    before: int | None
    last_id: int
    events: Sequence[ViewedEvent]

    def ids(self) -> Sequence[int]:
        """The ids of the events, which are consecutive."""
        return range(self.last_id - len(self.events) + 1, self.last_id + 1)


@attrs.frozen
class StreamState:
    """What is known of an answer.

    `fence` is the fencing token of the worker that reads it, or did so last; `is_read` says whether one holds the lease now.
    `last_id` is the id of the last event published, `ending` the event that ended the answer.
    """

    facts: StreamFacts
    fence: int
    is_read: bool
    stop_wanted: bool
    last_id: int
    ending: ViewedEvent | None


class Backplane(Protocol):
    """Keeps what is known of each answer, its latest events, and who reads it. All methods raise `BackplaneAwayError`."""

    lease_seconds: float
    """Seconds after its last `publish` or `store_facts` for which a worker counts as reading an answer."""

    async def open(self, stop: Callable[[str], None]) -> None:
        """Connects; from now on `stop` is called with the id of each stream that `want_stop` names."""
        ...

    async def close(self) -> None:
        """Disconnects."""
        ...

    async def store_facts(self, stream_id: str, facts: StreamFacts, fence: int) -> bool:
        """Stores the facts of an answer that the caller reads under the fencing token `fence`; False when another one reads."""
        ...

    async def publish(self, stream_id: str, fence: int, batch: Batch | None) -> LeaseState:
        """Publishes events, if any, and renews the caller's lease; says whether it still has that.

        A batch that is there already is not added again; one that does not follow on what is there is not added: ``gap``.
        """
        ...

    async def state(self, stream_id: str) -> StreamState | None:
        """What is known of an answer; None for nothing."""
        ...

    async def batches(self, stream_id: str, after: int) -> Sequence[Batch]:
        """The batches that end after the event with the id `after`."""
        ...

    async def take_up(self, stream_id: str, state: StreamState) -> StreamState | None:
        """Takes the lease of an answer, under a new fencing token, and returns its new state.

        None when somebody else has the lease, or had it since `state`.

        The facts are those that are stored by now, because who read the answer may have stored others since `state`.
        """
        ...

    async def release(self, stream_id: str, fence: int) -> None:
        """Gives the lease up, so that another worker can take it at once."""
        ...

    async def watch(self, stream_id: str) -> None:
        """Says that an answer which another worker reads has a viewer here; it holds for `lease_seconds`."""
        ...

    async def is_watched(self, stream_id: str) -> bool:
        """Whether a worker said so within the last `lease_seconds`."""
        ...

    async def want_stop(self, stream_id: str) -> None:
        """Tells whoever reads the answer to stop it."""
        ...

    async def follow(self, stream_id: str, heard: Callable[[Batch], None]) -> None:
        """From now on `heard` is called with each batch of an answer as it is published.

        Some may be missing after a lost connection.
        """
        ...

    async def unfollow(self, stream_id: str) -> None:
        """Ends what `follow` began."""
        ...


def connected(batches: Sequence[Batch]) -> Sequence[Batch]:
    """Those of `batches` that are an answer from its beginning, or last snapshot, on; nothing is missing and nothing twice."""
    found = list[Batch]()
    for batch in batches:
        if not batch.before:
            found = [batch]
        elif found and batch.before == found[-1].last_id:
            found.append(batch)
    return found
