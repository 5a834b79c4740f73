"""The answers that are being read; they are broken off when their client is closed or their event loop ends."""

from __future__ import annotations

import asyncio
import functools
import weakref
from typing import Protocol

from ..catalog import LocalizedText, text
from ..transport.base import Lifetime


class OpenAnswer(Protocol):
    """A reader of an answer."""

    def give_up(self, reason: LocalizedText) -> None:
        """Breaks off at once; pending reads raise with this reason."""
        ...


class OpenAnswers:
    """The open answers of one event loop, held by weak references."""

    def __init__(self) -> None:
        self._answers: weakref.WeakSet[OpenAnswer] = weakref.WeakSet()
        self._lifetime: Lifetime | None = None

    def add(self, answer: OpenAnswer) -> None:
        """Adds an answer of the running loop; answers of an earlier loop are left to that loop's end."""
        if self._lifetime is None or self._lifetime.loop is not asyncio.get_running_loop():
            self._answers = weakref.WeakSet()
            self._lifetime = Lifetime(functools.partial(_give_up, self._answers, text("event_loop_ended")))
        self._answers.add(answer)

    async def give_up(self, reason: LocalizedText) -> None:
        """Breaks off all answers of the running loop."""
        lifetime, self._lifetime = self._lifetime, None
        if lifetime is not None and lifetime.loop is asyncio.get_running_loop():
            await _give_up(self._answers, reason)
            await lifetime.finish()


async def _give_up(answers: weakref.WeakSet[OpenAnswer], reason: LocalizedText) -> None:
    for answer in list(answers):
        answer.give_up(reason)
    # A transport closes its socket in the loop's next iteration.
    await asyncio.sleep(0)
