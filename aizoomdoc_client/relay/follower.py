"""Copies an answer that another worker reads into this worker's log, and notices when that worker is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import attrs

from ..events import AnswerRestarted
from .backplane import Backplane, Batch, StreamState, connected
from .exceptions import BackplaneAwayError

if TYPE_CHECKING:
    from .relayed_answer import RelayedAnswer

__all__ = ["Follower"]


_log = logging.getLogger(__package__)


class Follower:
    """Brings what other workers publish of an answer into its log, until its end, or until nobody looks any more.

    When nobody reads the answer, `take_up` is called with what is known of it; if it says that this worker reads from now on, the
    follower is at its end. It calls `leave`, and is at its end, too, when the answer has no viewers or cannot be followed.
    """

    def __init__(
        self,
        backplane: Backplane,
        stream_id: str,
        answer: RelayedAnswer,
        state: StreamState,
        *,
        take_up: Callable[[StreamState], Awaitable[bool]],
        leave: Callable[[], None],
    ) -> None:
        self._backplane = backplane
        self._stream_id = stream_id
        self._answer = answer
        self._state = state
        self._take_up = take_up
        self._leave = leave
        self._stopped = False
        self._missing_since: float | None = None
        self._news = asyncio.Event()
        self._gap = True
        self._caught_up = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="following an answer")

    def stop(self) -> None:
        """Follows no longer."""
        self._stopped = True  # a call of the backplane that waits may take the cancellation for a lost connection
        self._task.cancel()

    async def caught_up(self) -> None:
        """Waits until the log has what was published before, or the backplane is away."""
        await self._caught_up.wait()

    async def finished(self) -> None:
        """Waits until it follows no longer."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._follow()
        except Exception:  # noqa: BLE001 - viewers must not wait for what does not come
            _log.exception("An answer that another worker reads cannot be followed")
            self._leave()  # who looks here comes back
        finally:
            self._caught_up.set()
            with contextlib.suppress(BackplaneAwayError):
                await self._backplane.unfollow(self._stream_id)

    async def _follow(self) -> None:
        subscribed = False
        while self._answer.is_running and not self._stopped:
            try:
                if not subscribed:
                    await self._backplane.follow(self._stream_id, self._on_batch)
                    subscribed = True
                if await self._catch_up():
                    return
            except BackplaneAwayError:
                self._gap = True
            self._caught_up.set()
            if self._answer.is_running and not await self._has_news() and not self._answer.viewers:
                self._leave()
                return

    async def _has_news(self) -> bool:
        """Waits until something was missed; False when it is time to look whether the reader lives."""
        self._news.clear()
        try:
            async with asyncio.timeout(self._backplane.lease_seconds / 3):
                await self._news.wait()
        except TimeoutError:
            self._gap = True
            return False
        return True

    async def _catch_up(self) -> bool:
        """Brings the log up to date; True if there is nothing more to follow, as this worker reads the answer from now on."""
        if self._gap:
            if self._answer.viewers or not self._caught_up.is_set():  # at first the first viewer is about to come
                await self._backplane.watch(self._stream_id)
            for batch in await self._backplane.batches(self._stream_id, self._answer.log.last_id):
                self._take(batch)
            self._gap = False
            state = await self._backplane.state(self._stream_id)
            if state is not None and state.last_id > self._answer.log.last_id:
                await self._read_again()
            if state is not None and state.ending is not None and self._answer.is_running:
                self._leave()  # its events are gone; who looks here comes back, and gets what is in the chat's history
                return True
            if self._answer.is_running and self._is_unread(state):
                return await self._take_up(self._state)
        return False

    def _is_unread(self, state: StreamState | None) -> bool:
        """Whether nobody reads; where the backplane has lost the answer, only once its reader had the time to store it again."""
        if state is not None:
            self._state, self._missing_since = state, None
            self._answer.facts = state.facts
            return not state.is_read and state.ending is None
        now = asyncio.get_running_loop().time()
        self._missing_since = self._missing_since or now
        self._state = attrs.evolve(self._state, facts=self._state.facts.perhaps_outdated())
        return now - self._missing_since > 2 * self._backplane.lease_seconds

    def _on_batch(self, batch: Batch) -> None:
        if not self._gap and not self._take(batch):
            self._gap = True
        if self._gap or not self._answer.is_running:
            self._news.set()

    def _take(self, batch: Batch) -> bool:
        """Takes a batch into the log, if it follows on what is there; False where something is missing before it."""
        log = self._answer.log
        if batch.last_id <= log.last_id:
            return True
        if batch.before is None:
            log.restore(batch.events, batch.last_id)
        elif batch.before == log.last_id:
            for number, event in zip(batch.ids(), batch.events, strict=True):
                log.append(event, number)
        else:
            return False
        return True

    async def _read_again(self) -> None:
        """Takes all that the backplane has in place of the log, which lacks events before it."""
        batches = connected(await self._backplane.batches(self._stream_id, 0))
        log = self._answer.log
        if batches and batches[-1].last_id > log.last_id:
            events = [AnswerRestarted(0, "snapshot"), *(event for batch in batches for event in batch.events)]
            log.restore(events, batches[-1].last_id)
