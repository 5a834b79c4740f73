"""Jobs of one user take turns where one sets a role or a model: these belong to the user, so they hold for all questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import attrs
from anyio.lowlevel import RunVar

from ..catalog import LocalizedText, text

__all__ = ["settings_turn"]

_turns = RunVar["WeakValueDictionary[tuple[str, str], _Turns]"]("aizoomdoc_settings_turns")
"""Those of each server and user; they live as long as a job of that user."""


@asynccontextmanager
async def settings_turn(
    server: str, user: str, *, alone: bool, paused: Callable[[LocalizedText | None], None], stopping: asyncio.Event
) -> AsyncGenerator[bool, None]:
    """While the block runs, no other job in this event loop changes the user's settings, and with `alone` none asks.

    Waits for that, and tells `paused` so; yields False where `stopping` came first.
    """
    turns = _turns_of(server, user)
    if must_wait := not turns.is_free(alone=alone):
        paused(text("job_waits_for_settings"))
    if not await turns.take(stopping, alone=alone):
        yield False
        return
    try:
        if must_wait:
            paused(None)
        yield True
    finally:
        turns.give_back()


@attrs.define
class _Turns:
    """The jobs of one user that ask at present."""

    count: int = 0
    has_one_alone: bool = False
    given_back: asyncio.Event = attrs.field(factory=asyncio.Event)

    def is_free(self, *, alone: bool) -> bool:
        return self.count == 0 or not (alone or self.has_one_alone)

    async def take(self, stopping: asyncio.Event, *, alone: bool) -> bool:
        while not self.is_free(alone=alone):
            waits = [asyncio.create_task(event.wait(), name="batch turn") for event in (self.given_back, stopping)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if stopping.is_set():
                return False
        self.count, self.has_one_alone = self.count + 1, alone
        return True

    def give_back(self) -> None:
        self.count, self.has_one_alone = self.count - 1, False
        self.given_back.set()
        self.given_back = asyncio.Event()


def _turns_of(server: str, user: str) -> _Turns:
    try:
        turns = _turns.get()
    except LookupError:
        turns = WeakValueDictionary[tuple[str, str], _Turns]()
        _turns.set(turns)
    return turns.setdefault((server, user), _Turns())
