"""The answers that are being read: they are interrupted when their client is closed or their event loop ends."""

from __future__ import annotations

import asyncio
import weakref
from typing import Protocol

from ..catalog import LocalizedText, text
from ..transport.base import PerLoop


class OpenAnswer(Protocol):
    """A reader of an answer."""

    def give_up(self, reason: LocalizedText) -> None:
        """Breaks its connection off at once; pending reads raise with this reason."""
        ...


class OpenAnswers:
    """The open answers of each event loop, held by weak references."""

    def __init__(self) -> None:
        self._of_loops = PerLoop(_Answers, _Answers.end_with_loop)

    def add(self, answer: OpenAnswer) -> None:
        """Adds an answer of the running loop, which is interrupted when the loop ends."""
        self._of_loops.current().open.add(answer)

    async def give_up(self, reason: LocalizedText) -> None:
        """Interrupts all answers of the running loop; those of other loops are not affected."""
        if (answers := self._of_loops.existing) is not None:
            await answers.give_up(reason)
            await self._of_loops.finish()


class _Answers:
    """The open answers of one event loop."""

    def __init__(self) -> None:
        self.open: weakref.WeakSet[OpenAnswer] = weakref.WeakSet()

    async def end_with_loop(self) -> None:
        await self.give_up(text("event_loop_ended"))

    async def give_up(self, reason: LocalizedText) -> None:
        for answer in list(self.open):
            answer.give_up(reason)
        # A transport closes its socket in the loop's next iteration.
        await asyncio.sleep(0)
