"""The task that reads an answer into the log of its events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ..catalog import text
from ..events import Completed, ErrorEvent, StreamResumed
from ..exceptions import AIZoomDocError, StreamInterruptedError
from .continuation import Continuation
from .control_events import AnswerStopped, StopReason, ViewedEvent
from .error_codes import error_event

if TYPE_CHECKING:
    from .. import AsyncAnswerStream, Message
    from .event_log import EventLog

__all__ = ["AnswerReader"]

COUNT_SECONDS = 60.0
"""The longest wait for another run of the model to be counted."""
_log = logging.getLogger(__package__)


class AnswerReader:
    """Reads `answer` into `log`, in a task of its own; the log then ends with `completed`, `error` or `answer_stopped`.

    `on_posted` is called with the message, before its answer is read, and `count_rerun` before the model runs again: while the
    run is not counted, it does not begin. Of an answer that goes on with a text that viewers have, they get what `continuation`
    makes of its events.
    """

    def __init__(
        self,
        answer: AsyncAnswerStream,
        log: EventLog,
        on_posted: Callable[[Message], None],
        count_rerun: Callable[[], Awaitable[None]],
        *,
        continuation: Continuation | None = None,
    ) -> None:
        self._answer = answer
        self._log = log
        self._on_posted = on_posted
        self._count_rerun = count_rerun
        self._counting: asyncio.Future[None] | None = None
        self._continuation = continuation
        self._stopped: StopReason | None = None
        self.is_abandoned: bool = False
        """Whether the answer was left to another worker."""
        self._message_posted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._read(), name="relayed answer")

    def stop(self, reason: StopReason) -> None:
        """Ends the model's run: its connection is broken off at once. Nothing, if the answer is at its end."""
        if self._stopped is None and self._log.ending is None:
            self._stopped = reason
            self._cancel()

    def abandon(self) -> None:
        """Reads no more, and leaves the log without an end: another worker goes on."""
        self.is_abandoned = True
        self._cancel()

    def _cancel(self) -> None:
        self._answer.cancel()
        if self._counting is not None:
            self._counting.cancel()

    async def message_posted(self) -> None:
        """Waits until the message is posted; raises the error that prevented it."""
        await asyncio.shield(self._message_posted)

    async def finished(self) -> None:
        """Waits until nothing of the answer runs any more."""
        await asyncio.wait([self._task])

    async def _read(self) -> None:
        ending: ViewedEvent = Completed()
        try:
            await self._read_all()
        except asyncio.CancelledError:
            self._stopped = self._stopped or "shutdown"
        except AIZoomDocError as error:
            ending = error_event(error)
            self._fail_posting(error)
            if self._stopped is None and not self.is_abandoned:
                _log.warning("An answer failed: %s", error)
        except Exception as error:  # noqa: BLE001 - viewers are told, whatever it is
            self._fail_posting(error)
            _log.exception("An answer failed")
            ending = error_event(error)
        self._fail_posting(StreamInterruptedError(text("answer_closed")))
        if not self.is_abandoned:
            self._log.append(AnswerStopped(self._stopped) if self._stopped is not None else ending)
        await self._answer.close()

    def _fail_posting(self, error: Exception) -> None:
        if not self._message_posted.done():
            self._message_posted.set_exception(error)
            self._message_posted.exception()  # marks it as retrieved: perhaps nobody waits for it

    async def _read_all(self) -> None:
        await self._answer
        if not self._message_posted.done():
            self._message_posted.set_result(None)
        self._on_posted(self._answer.message)
        async for event in self._answer:
            if isinstance(event, ErrorEvent):  # is raised after it
                continue
            if isinstance(event, StreamResumed) and event.source == "rerun":
                await self._wait_until_rerun_counted()  # the run begins when the next event is asked for
            if self._continuation is None:
                self._log.append(event)
            else:
                for each in self._continuation.feed(event):
                    self._log.append(each)

    async def _wait_until_rerun_counted(self) -> None:
        """Waits until another run of the model is counted; raises `StreamInterruptedError` when that takes too long."""
        self._counting = asyncio.ensure_future(self._count_rerun())
        await asyncio.wait([self._counting], timeout=COUNT_SECONDS)
        if self._counting.cancel() or self._counting.cancelled():
            raise StreamInterruptedError(text("relay_rerun_not_counted"))
        self._counting.result()
