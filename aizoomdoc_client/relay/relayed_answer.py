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
        self._giving_up: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether the answer still comes."""
        return self.log.ending is None

    def read(self, answer: AsyncAnswerStream, continuation: Continuation | None = None) -> None:
        """Begins to read `answer` into the log."""
        self.reader = AnswerReader(answer, self.log, self._posted, continuation=continuation)
        self._expect_viewer()

    def joined(self) -> None:
        """Somebody looks."""
        self.viewers += 1
        self._expect_no_viewer()

    def left(self) -> None:
        """Somebody no longer looks."""
        self.viewers -= 1
        if not self.viewers:
            self._expect_viewer()

    def stop(self, reason: StopReason) -> None:
        """Ends the answer, and with it the model's run, if this worker reads it."""
        if self.reader is not None:
            self.reader.stop(reason)

    def abandon(self) -> None:
        """Leaves the answer to other workers; who looks here has to come back."""
        if self.reader is not None:
            self.reader.abandon()
        self.log.dismiss(Reconnect())

    async def finished(self) -> None:
        """Waits until nothing of the answer runs any more in this worker."""
        for each in ("follower", "reader", "publisher"):  # the first one may make the others
            running: Follower | AnswerReader | Publisher | None = getattr(self, each)
            if running is not None:
                await running.finished()
        self._expect_no_viewer()

    def _posted(self, message: Message) -> None:
        self.facts = self.facts.of_message(message.id)
        if self.publisher is not None:
            self.publisher.posted(message.id)

    def _expect_viewer(self) -> None:
        if self._grace is not None and self.is_running and self.reader is not None:
            self._giving_up = asyncio.get_running_loop().call_later(self._grace, self.stop, "unwatched")

    def _expect_no_viewer(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
