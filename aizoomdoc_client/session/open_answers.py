"""The answers that are being read, to be broken off when their client is closed or their event loop ends."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncGenerator
from typing import Protocol


class OpenAnswer(Protocol):
    """Whatever reads an answer."""

    def give_up(self, reason: str) -> None:
        """Breaks off at once; whoever reads is told the reason."""
        ...


class OpenAnswers:
    """The open answers of one event loop; nothing is kept alive by being in here."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answers: weakref.WeakSet[OpenAnswer] = weakref.WeakSet()
        self._lifetime: AsyncGenerator[None] | None = None

    def add(self, answer: OpenAnswer) -> None:
        """Notes an answer of the running loop; those of another loop are left to that loop's end."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._answers = weakref.WeakSet()
            self._lifetime = _given_up_in_the_end(self._answers)
            with contextlib.suppress(StopIteration):  # the generator's first step never waits
                anext(self._lifetime).send(None)
        self._answers.add(answer)

    async def give_up(self, reason: str) -> None:
        """Breaks off all answers of the running loop."""
        if self._loop is asyncio.get_running_loop():
            await _give_up(self._answers, reason)


async def _given_up_in_the_end(answers: weakref.WeakSet[OpenAnswer]) -> AsyncGenerator[None]:
    """Suspended for as long as its loop lives: the loop closes its generators when it ends."""
    try:
        yield
    finally:
        await _give_up(answers, "The event loop has ended")


async def _give_up(answers: weakref.WeakSet[OpenAnswer], reason: str) -> None:
    for answer in list(answers):
        answer.give_up(reason)
    # A transport closes its socket in the loop's next round.
    await asyncio.sleep(0)
