"""Publishes an answer's events to the other workers, as long as this one reads it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from .backplane import Backplane, Batch, LeaseState
from .event_ids import NOWHERE
from .event_log import EventLog, finish, weight_of
from .exceptions import BackplaneAwayError
from .log_cursor import LogCursor
from .relayed_event import RelayedEvent
from .stream_facts import StreamFacts

__all__ = ["PUBLISH_SECONDS", "Publisher"]

RETRY_SECONDS = 0.5
"""Seconds between attempts while the backplane is away."""
PUBLISH_SECONDS = 60.0
"""For so many seconds at least an answer's end is published again and again while the backplane is away."""


_log = logging.getLogger(__package__)


class Publisher:
    """Publishes what comes into `log` after the event with the id `after`, under the fencing token `fence`.

    It also renews the lease by which the others know that this worker lives. `lost` is called when another worker reads the
    answer instead, `stop` when it is to be stopped. `are_facts_stored` says whether the backplane has `facts`. When more than
    `capacity` bytes of events are in the backplane, they are replaced by a snapshot.
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
        are_facts_stored: bool,
        capacity: int,
        lost: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._fence = fence
        self._facts = facts
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
        self._stored_facts = facts if are_facts_stored else None
        self._storing: asyncio.Future[None] | None = None
        self._task = asyncio.create_task(self._run(), name="publishing an answer")

    @property
    def heartbeat_seconds(self) -> float:
        """The seconds from one renewal of the lease to the next."""
        return self._backplane.lease_seconds / 3

    def set_facts(self, facts: StreamFacts) -> None:
        """Has these facts stored in the backplane, in place of the ones before."""
        self._facts = facts
        self._cursor.wake()

    async def facts_stored(self) -> None:
        """Waits until the backplane has the facts."""
        while self._stored_facts is not self._facts:
            self._storing = asyncio.get_running_loop().create_future()
            await self._storing

    async def finished(self) -> None:
        """Waits until all is published, or the answer is another worker's."""
        await asyncio.wait([self._task])

    async def release(self) -> None:
        """Publishes no more, and lets another worker read."""
        if self._task.done() and self._log.ending is not None:
            return
        self._released = True
        self._cursor.close()
        await asyncio.wait([self._task])  # not cancelled: what it publishes is published, or it is not
        with contextlib.suppress(BackplaneAwayError):  # then the lease runs out
            await self._backplane.release(self._stream_id, self._fence)

    async def is_watched(self) -> bool:
        """Whether somebody looks at the answer in another worker; also when the backplane cannot tell."""
        try:
            return await self._backplane.is_watched(self._stream_id)
        except BackplaneAwayError:
            return True

    async def _run(self) -> None:
        while not self._cursor.is_ended and not self._released:
            entries = await self._cursor.read(self.heartbeat_seconds if self._stored_facts is self._facts else 0)
            if self._released:
                return
            try:
                lease = await self._publish(self._batch(entries) if entries else None)
            except BackplaneAwayError:
                await self._begin_again()
                continue
            except Exception:  # noqa: BLE001 - the answer goes on, and with it the lease
                _log.exception("Events of an answer cannot be published")
                await self._begin_again()
                continue
            if lease == "lost":
                self._lost()
                return
            if lease == "stop":
                self._stop()
            self._cursor.after = self._published

    async def _begin_again(self) -> None:
        self._cursor = self._new_cursor()
        await asyncio.sleep(RETRY_SECONDS)

    def _new_cursor(self) -> LogCursor:
        return LogCursor(self._log, self._published, stays=True)

    async def _publish(self, batch: Batch | None) -> LeaseState:
        """Publishes a batch, if any, and renews the lease."""
        if self._stored_facts is not self._facts and not await self._store_facts():
            return "lost"
        if batch is not None and self._weight > self._capacity:
            batch = self._snapshot()
        lease = await self._backplane.publish(self._stream_id, self._fence, batch)
        if lease == "unknown":  # the backplane lost what it had
            if not await self._store_facts():
                return "lost"
            lease = "gap"
        if lease == "gap":
            batch = self._snapshot() if self._log.last_id else None
            lease = await self._backplane.publish(self._stream_id, self._fence, batch)
        if lease != "lost" and batch is not None:
            self._published = batch.last_id
        return lease

    async def _store_facts(self) -> bool:
        """Stores what has to be known of the answer; False when another worker reads it."""
        facts = self._facts
        if not await self._backplane.store_facts(self._stream_id, facts, self._fence):
            return False
        self._stored_facts = facts
        if self._storing is not None:
            finish(self._storing)
        return True

    def _batch(self, entries: Sequence[RelayedEvent]) -> Batch:
        self._weight += sum(weight_of(entry.event) for entry in entries)
        is_snapshot = entries[0].id == NOWHERE
        last_id = entries[-1].id
        assert last_id is not None
        return Batch(None if is_snapshot else self._published, last_id, [entry.event for entry in entries])

    def _snapshot(self) -> Batch:
        self._weight = 0
        entries = self._log.snapshot()
        return Batch(None, self._log.last_id, [entry.event for entry in entries])
