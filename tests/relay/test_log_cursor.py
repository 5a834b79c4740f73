"""A place in a log: its waits end by an event, by the end, or by silence, with one timer for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import attrs
import pytest

from aizoomdoc_client.events import Completed, LLMToken
from aizoomdoc_client.relay import RelayedEvent
from aizoomdoc_client.relay.event_log import EventLog
from aizoomdoc_client.relay.log_cursor import LogCursor


@attrs.define
class Clock:
    """The time of the running event loop, which passes only here."""

    now: float = 1000.0

    async def passes(self, seconds: float) -> None:
        self.now += seconds
        await turns()


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: made.now)
    return made


async def turns() -> None:
    """What is ready in the event loop runs, and what that makes ready."""
    for _ in range(5):
        await asyncio.sleep(0)


async def begun(read: Coroutine[Any, Any, Sequence[RelayedEvent]]) -> asyncio.Task[Sequence[RelayedEvent]]:
    task = asyncio.create_task(read)
    await turns()
    return task


def timers() -> int:
    """How many calls the event loop has for later."""
    scheduled: Any = asyncio.get_running_loop()
    return sum(not handle.cancelled() for handle in scheduled._scheduled)


@pytest.mark.usefixtures("clock")
async def test_an_event_ends_the_wait() -> None:
    """At once, whatever the silence that was allowed."""
    log = EventLog(10**6)
    reading = await begun(LogCursor(log, 0).read(15))
    log.append(LLMToken("а"))

    assert [1] == [entry.id for entry in await reading]


async def test_silence_ends_the_wait_after_its_seconds(clock: Clock) -> None:
    """Not before."""
    reading = await begun(LogCursor(EventLog(10**6), 0).read(15))
    await clock.passes(14.9)
    early = reading.done()
    await clock.passes(0.2)

    assert (False, True) == (early, reading.done())
    assert [] == list(reading.result())


async def test_silence_counts_from_the_last_event(clock: Clock) -> None:
    """Each wait has all of its seconds, although there is one timer for a thousand events."""
    log = EventLog(10**6)
    cursor = LogCursor(log, 0)
    for _ in range(1000):
        reading = await begun(cursor.read(15))
        log.append(LLMToken("а"))
        await reading
        assert 1 == timers()
    await clock.passes(10)
    reading = await begun(cursor.read(15))
    await clock.passes(14.9)
    early = reading.done()
    await clock.passes(0.2)

    assert (False, True) == (early, reading.done())


@pytest.mark.parametrize(("seconds", "expected"), [(1, True), (None, False)])
async def test_a_later_wait_may_be_shorter_or_without_end(clock: Clock, seconds: float | None, expected: bool) -> None:
    """The timer of the one before does not count."""
    log = EventLog(10**6)
    cursor = LogCursor(log, 0)
    reading = await begun(cursor.read(15))
    log.append(LLMToken("а"))
    await reading
    reading = await begun(cursor.read(seconds))
    await clock.passes(1.1 if expected else 100)

    assert expected == reading.done()
    cursor.close()
    assert [] == list(await reading)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("end", [LogCursor.close, lambda cursor: cursor.log.append(Completed())])
async def test_no_timer_is_left_at_the_end(end: Callable[[LogCursor], None]) -> None:
    """The event loop would keep the log of an answer that nobody looks at."""
    cursor = LogCursor(EventLog(10**6), 0)
    reading = await begun(cursor.read(15))
    waiting = timers()
    end(cursor)
    await reading
    list(await cursor.read(15))

    assert (1, 0) == (waiting, timers())
