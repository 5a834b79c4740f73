"""Jobs of one user take turns where one sets a role or a model: these settings of the user apply to all questions."""

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
"""The turns of each server and user, as long as a job of that user runs."""


@asynccontextmanager
async def settings_turn(
    server: str, user: str, *, alone: bool, paused: Callable[[LocalizedText | None], None], stopping: asyncio.Event
) -> AsyncGenerator[bool, None]:
    """While the block runs, no other job in this event loop changes the user's settings, and with `alone` none asks.

    Waits for that, and calls `paused` with a text about it; yields False where `stopping` was set first.
    """
    turns = _turns_of(server, user)
    if must_wait := not turns.is_free(alone=alone):
        paused(text("job_waits_for_settings"))
    if not await turns.acquire(stopping, alone=alone):
        yield False
        return
    try:
        if must_wait:
            paused(None)
        yield True
    finally:
        turns.release()


@attrs.define
class _Turns:
    """A lock for the jobs of one user, shared unless `alone`."""

    count: int = 0
    has_exclusive: bool = False
    released: asyncio.Event = attrs.field(factory=asyncio.Event)

    def is_free(self, *, alone: bool) -> bool:
        return self.count == 0 or not (alone or self.has_exclusive)

    async def acquire(self, stopping: asyncio.Event, *, alone: bool) -> bool:
        while not self.is_free(alone=alone):
            waits = [asyncio.create_task(event.wait(), name="batch turn") for event in (self.released, stopping)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if stopping.is_set():
                return False
        self.count, self.has_exclusive = self.count + 1, alone
        return True

    def release(self) -> None:
        self.count, self.has_exclusive = self.count - 1, False
        self.released.set()
        self.released = asyncio.Event()


def _turns_of(server: str, user: str) -> _Turns:
    try:
        turns = _turns.get()
    except LookupError:
        turns = WeakValueDictionary[tuple[str, str], _Turns]()
        _turns.set(turns)
    return turns.setdefault((server, user), _Turns())
