"""The task that reads an answer into the log of its events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..events import Completed, ErrorEvent
from ..exceptions import AIZoomDocError
from .control_events import AnswerStopped, StopReason, ViewedEvent
from .error_codes import error_event

if TYPE_CHECKING:
    from .. import AsyncAnswerStream, Message
    from .event_log import EventLog

__all__ = ["AnswerReader"]

_log = logging.getLogger(__name__)


class AnswerReader:
    """Reads `answer` into `log`, in a task of its own; the log always ends with `completed`, `error` or `answer_stopped`.

    `ended` is called at the end.
    """

    def __init__(self, answer: AsyncAnswerStream, log: EventLog, ended: Callable[[], None]) -> None:
        self._answer = answer
        self._log = log
        self._ended = ended
        self._stopped: StopReason | None = None
        self._task = asyncio.create_task(self._read(), name="relayed answer")

    @property
    def message(self) -> Message | None:
        """The question as stored; None until it is posted."""
        with contextlib.suppress(RuntimeError):
            return self._answer.message
        return None

    def stop(self, reason: StopReason) -> None:
        """Ends the model's run: its connection is broken off at once. Nothing, if the answer is at its end."""
        if self._stopped is None and self._log.ending is None:
            self._stopped = reason
            self._answer.cancel()

    async def finished(self) -> None:
        """Waits until nothing of the answer runs any more."""
        await asyncio.wait([self._task])

    async def _read(self) -> None:
        ending: ViewedEvent = Completed()
        try:
            async for event in self._answer:
                if not isinstance(event, ErrorEvent):  # is raised after it
                    self._log.append(event)
        except asyncio.CancelledError:
            self._stopped = self._stopped or "shutdown"
        except AIZoomDocError as error:
            _log.warning("An answer failed: %s", error)
            ending = error_event(error)
        except Exception as error:  # noqa: BLE001 - viewers are told, whatever it is
            _log.exception("An answer failed")
            ending = error_event(error)
        self._log.append(AnswerStopped(self._stopped) if self._stopped is not None else ending)
        self._ended()
        await self._answer.close()
