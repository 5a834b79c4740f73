"""One answer on its way to its viewers: its events, who looks at it, and what reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .answer_reader import AnswerReader
from .continuation import Continuation
from .control_events import Reconnect, StopReason
from .event_log import EventLog
from .follower import Follower
from .publisher import Publisher
from .stream_facts import StreamFacts

if TYPE_CHECKING:
    from .. import AsyncAnswerStream, Message

__all__ = ["RelayedAnswer"]


class RelayedAnswer:
    """The events of an answer in `log`, what fills it, and how many look at them.

    Without a viewer for `grace` seconds an answer that this worker reads is stopped, unless that is None.
    """

    def __init__(self, facts: StreamFacts, log: EventLog, *, grace: float | None = None) -> None:
        self.facts: StreamFacts = facts
        self.log = log
        self.viewers: int = 0
        self.reader: AnswerReader | None = None
        self.publisher: Publisher | None = None
        self.follower: Follower | None = None
        self._grace = grace
        self._grace_timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None  # whether other workers have viewers

    @property
    def is_running(self) -> bool:
        """Whether the answer still comes."""
        return self.log.ending is None

    @property
    def is_read_here(self) -> bool:
        """Whether this worker reads the answer, or read it to its end."""
        return self.reader is not None and not self.reader.is_abandoned

    def read(self, answer: AsyncAnswerStream, continuation: Continuation | None = None) -> None:
        """Begins to read `answer` into the log."""
        self.reader = AnswerReader(answer, self.log, self._posted, self._count_rerun, continuation=continuation)

    def joined(self) -> None:
        """Counts one more viewer."""
        self.viewers += 1
        self._expect_no_viewer()

    def left(self) -> None:
        """Counts one viewer fewer."""
        self.viewers -= 1
        self.expect_viewer()

    def stop(self, reason: StopReason) -> None:
        """Ends the answer, and with it the model's run, if this worker reads it."""
        if self.reader is not None:
            self.reader.stop(reason)

    def abandon(self) -> None:
        """Leaves the answer to other workers; its viewers have to connect again."""
        if self.reader is not None:
            self.reader.abandon()
        self.log.disconnect_viewers(Reconnect())

    async def finished(self) -> None:
        """Waits until nothing of the answer runs any more in this worker."""
        await self.read_to_end()
        if self.publisher is not None:
            await self.publisher.finished()

    async def read_to_end(self) -> None:
        """Waits until this worker reads no longer; what it has read may still be published."""
        for each in ("follower", "reader"):  # the first one may make the other
            running: Follower | AnswerReader | None = getattr(self, each)
            if running is not None:
                await running.finished()
        self._expect_no_viewer()

    def _posted(self, message: Message) -> None:
        self.facts = self.facts.of_message(message.id)
        if self.publisher is not None:
            self.publisher.set_facts(self.facts)

    async def _count_rerun(self) -> None:
        """Counts another run of the model, also for those who may go on with the answer after this worker."""
        self.facts = self.facts.of_rerun()
        if self.publisher is not None:
            self.publisher.set_facts(self.facts)
            await self.publisher.facts_stored()

    def expect_viewer(self, seconds: float = 0.0) -> None:
        """Stops the answer, if nobody looks at it for `grace` seconds from now on, or for `seconds`, if that is longer."""
        self._expect_no_viewer()
        if self._grace is not None and self.is_running and self.is_read_here and not self.viewers:
            self._grace_timer = asyncio.get_running_loop().call_later(max(self._grace, seconds), self._give_up)

    def _give_up(self) -> None:
        if self.publisher is None:
            self.stop("unwatched")
        else:
            self._asking = asyncio.create_task(self._give_up_unless_watched(self.publisher), name="looking for viewers")

    async def _give_up_unless_watched(self, publisher: Publisher) -> None:
        is_watched = await publisher.is_watched()
        if self.viewers:
            return
        if is_watched:
            self.expect_viewer(publisher.heartbeat_seconds)
        else:
            self.stop("unwatched")

    def _expect_no_viewer(self) -> None:
        if self._grace_timer is not None:
            self._grace_timer.cancel()
            self._grace_timer = None
