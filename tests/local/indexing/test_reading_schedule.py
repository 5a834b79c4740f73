"""Which document is read next."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.reading_schedule import ReadingSchedule, Urgency
from aizoomdoc_client.local.searching.fts_index import IndexedDocument


def source(key: str, version: str = "1") -> DocumentSource:
    return DocumentSource(key=key, name=key, path=Path(key), version=version)


async def order(schedule: ReadingSchedule, count: int) -> list[str]:
    return [(await schedule.next()).source.key for _ in range(count)]


async def test_what_is_waited_for_comes_first() -> None:
    """Then what is asked for with many others, then the rest, each in the order of asking."""
    schedule = ReadingSchedule()
    for key, urgency in (("a", Urgency.AHEAD), ("b", Urgency.AHEAD), ("c", Urgency.ASKED_FOR), ("d", Urgency.WAITED_FOR)):
        schedule.add(source(key), urgency)

    assert ["d", "c", "a", "b"] == await order(schedule, 4)


async def test_a_document_moves_up_and_never_down() -> None:
    """It is read once, as soon as whoever wants it most."""
    schedule = ReadingSchedule()
    readings = [schedule.add(source(key), Urgency.AHEAD) for key in ("a", "b")]
    again = [schedule.add(source("b"), urgency) for urgency in (Urgency.WAITED_FOR, Urgency.AHEAD)]

    assert [readings[1], readings[1]] == again
    assert ["b", "a"] == await order(schedule, 2)


async def test_who_asks_while_it_is_read_waits_for_the_same_reading() -> None:
    """Another version of it waits until that has ended."""
    schedule = ReadingSchedule()
    first = schedule.add(source("a"), Urgency.AHEAD)
    assert first is await schedule.next()
    second = schedule.add(source("a", "2"), Urgency.WAITED_FOR)
    assert first is schedule.add(source("a"), Urgency.WAITED_FOR)

    schedule.add(source("b"), Urgency.AHEAD)
    assert ["b"] == await order(schedule, 1)
    waiting = asyncio.ensure_future(schedule.next())
    schedule.end(first, IndexedDocument(key="a", version="1", name="a"))
    assert second is await waiting


async def test_a_reader_takes_nothing_below_its_urgency() -> None:
    """One is kept free for what somebody waits for."""
    schedule = ReadingSchedule()
    schedule.add(source("a"), Urgency.AHEAD)
    waiting = asyncio.ensure_future(schedule.next(Urgency.WAITED_FOR))
    await asyncio.sleep(0)
    assert not waiting.done()

    asked = schedule.add(source("b"), Urgency.WAITED_FOR)
    assert asked is await waiting
