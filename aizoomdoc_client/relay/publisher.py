"""Publishes an answer's events to the other workers, as long as this one reads it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from .backplane import Backplane, Batch, Hold
from .event_log import EventLog, weight_of
from .exceptions import BackplaneAwayError
from .log_cursor import LogCursor
from .relayed_event import RelayedEvent
from .stream_facts import StreamFacts

__all__ = ["Publisher"]

RETRY_SECONDS = 0.5
"""Seconds between attempts while the backplane is away."""


class Publisher:
    """Publishes what comes into `log` after the event with the id `after`, under the fencing token `fence`.

    It also says that this worker lives. `lost` is called when another worker reads the answer instead, `stop`
    when it is to be stopped. Of the events in the backplane those are replaced by a snapshot that are more than `capacity` bytes.
    """

    def __init__(
        self,
        backplane: Backplane,
        stream_id: str,
        fence: int,
        log: EventLog,
        *,
        after: int,
        facts: StreamFacts,
        capacity: int,
        lost: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self.fence = fence
        self.facts: StreamFacts = facts
        self._backplane = backplane
        self._stream_id = stream_id
        self._log = log
        self._published = after
        self._capacity = capacity
        self._weight = 0
        self._lost = lost
        self._stop = stop
        self._released = False
        self._cursor = self._new_cursor()
        self._keeping: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._run(), name="publishing an answer")

    def posted(self, message_id: str) -> None:
        """Keeps the id of the message, by which another worker finds the answer."""
        self.facts = self.facts.of_message(message_id)
        self._keeping = asyncio.create_task(self._keep(), name="keeping a message's id")

    async def finished(self) -> None:
        """Waits until all is published, or the answer is another worker's."""
        await asyncio.wait([self._task])

    async def release(self) -> None:
        """Publishes no more, and lets another worker read."""
        self._released = True
        self._cursor.close()
        await asyncio.wait([self._task])  # not cancelled: what it publishes is published, or it is not
        with contextlib.suppress(BackplaneAwayError):  # then the lease runs out
            await self._backplane.release(self._stream_id, self.fence)

    async def _keep(self) -> None:
        with contextlib.suppress(BackplaneAwayError):  # it is kept again when there is nothing of the answer
            await self._backplane.keep(self._stream_id, self.facts, self.fence)

    async def _run(self) -> None:
        while not self._cursor.is_ended:
            entries = await self._cursor.read(self._backplane.lease_seconds / 3)
            if self._released:
                return
            try:
                hold = await self._publish(self._batch(entries) if entries else None)
            except BackplaneAwayError:
                self._cursor = self._new_cursor()
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if hold == "lost":
                self._lost()
                return
            if hold == "stop":
                self._stop()
            self._cursor.after = self._published

    def _new_cursor(self) -> LogCursor:
        return LogCursor(self._log, self._published, stays=True)

    async def _publish(self, batch: Batch | None) -> Hold:
        """Publishes a batch, or else says that this worker lives."""
        if batch is not None and self._weight > self._capacity:
            batch = self._snapshot()
        hold = await self._backplane.publish(self._stream_id, self.fence, batch)
        if hold == "unknown":  # the backplane lost what it had
            if not await self._backplane.keep(self._stream_id, self.facts, self.fence):
                return "lost"
            hold = "gap"
        if hold == "gap":
            batch = self._snapshot() if self._log.last_id else None
            hold = await self._backplane.publish(self._stream_id, self.fence, batch)
        if hold != "lost" and batch is not None:
            self._published = batch.last_id
        return hold

    def _batch(self, entries: Sequence[RelayedEvent]) -> Batch:
        self._weight += sum(weight_of(entry.event) for entry in entries)
        is_snapshot = entries[0].id is None
        last_id = entries[-1].id
        assert last_id is not None
        return Batch(None if is_snapshot else self._published, last_id, [entry.event for entry in entries])

    def _snapshot(self) -> Batch:
        self._weight = 0
        entries = self._log.snapshot()
        return Batch(None, self._log.last_id, [entry.event for entry in entries])
