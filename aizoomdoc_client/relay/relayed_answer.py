"""One answer on its way to its viewers: its events, who looks at it, and what reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .answer_reader import AnswerReader
from .control_events import StopReason
from .event_log import EventLog

if TYPE_CHECKING:
    from .. import AsyncAnswerStream, Message

__all__ = ["RelayedAnswer"]


class RelayedAnswer:
    """The events of an answer in `log`, and how many look at them.

    Without a viewer for `grace` seconds an answer that is being read is stopped, unless that is None.
    """

    def __init__(self, owner: str, log: EventLog, *, grace: float | None = None) -> None:
        self.owner = owner
        self.log = log
        self.viewers: int = 0
        self._grace = grace
        self._reader: AnswerReader | None = None
        self._giving_up: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether the answer still comes."""
        return self.log.ending is None

    @property
    def message(self) -> Message | None:
        """The question as stored; None until it is posted."""
        return None if self._reader is None else self._reader.message

    def read(self, answer: AsyncAnswerStream) -> None:
        """Begins to read `answer` into the log."""
        self._reader = AnswerReader(answer, self.log, self._expect_no_viewer)
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
        """Ends the answer, and with it the model's run; nothing, if it is at its end."""
        if self._reader is not None:
            self._reader.stop(reason)

    async def finished(self) -> None:
        """Waits until nothing of the answer runs any more."""
        if self._reader is not None:
            await self._reader.finished()

    def _expect_viewer(self) -> None:
        if self._grace is not None and self.is_running:
            self._giving_up = asyncio.get_running_loop().call_later(self._grace, self.stop, "unwatched")

    def _expect_no_viewer(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
