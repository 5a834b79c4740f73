"""Which document is read next: by urgency, then in the order of asking."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from enum import IntEnum

import attrs

from ..searching.fts_index import IndexedDocument
from .document_source import DocumentSource


class Urgency(IntEnum):
    """How soon a document is to be read."""

    WAITED_FOR = 0
    """Somebody waits until it is read."""
    ASKED_FOR = 1
    """Somebody waits for it for a limited time, and goes on without it then."""
    AHEAD = 2
    """Nobody asked about it yet."""


@attrs.define(eq=False)
class Reading:
    """A document that waits to be read or is being read; `ended` gets what the index has of it in the end."""

    source: DocumentSource
    ended: asyncio.Future[IndexedDocument]
    pages_done: int = 0
    pages: int = 0

    @property
    def share(self) -> float:
        """How much of it is read, from 0 to 1."""
        if self.ended.done():
            return 1.0
        return self.pages_done / self.pages if self.pages else 0.0


class ReadingSchedule:
    """The readings to come and those under way; there is one at a time of each key and version."""

    def __init__(self) -> None:
        self._waiting: dict[Urgency, OrderedDict[tuple[str, str], Reading]] = {urgency: OrderedDict() for urgency in Urgency}
        self._active: dict[str, Reading] = {}
        self._added = asyncio.Event()

    def add(self, source: DocumentSource, urgency: Urgency) -> Reading:
        """The reading of that document, a new one where there is none; one of lower urgency is moved up."""
        active = self._active.get(source.key)
        if active is not None and active.source.version == source.version:
            return active
        place = (source.key, source.version)
        for known in Urgency:
            if reading := self._waiting[known].get(place):
                if urgency < known:
                    self._waiting[urgency][place] = self._waiting[known].pop(place)
                    self._added.set()
                return reading
        reading = self._waiting[urgency][place] = Reading(source, asyncio.get_running_loop().create_future())
        self._added.set()
        return reading

    async def next(self, least: Urgency = Urgency.AHEAD) -> Reading:
        """The next reading of that urgency or a higher one, which is then under way until `end`; waits where there is none."""
        while (reading := self._take(least)) is None:
            self._added.clear()
            await self._added.wait()
        self._active[reading.source.key] = reading
        return reading

    def end(self, reading: Reading, document: IndexedDocument) -> None:
        """Ends the reading with what the index has of the document."""
        del self._active[reading.source.key]
        reading.ended.set_result(document)
        self._added.set()  # another version of the same document may have waited for this

    def fail(self, reading: Reading, error: Exception) -> None:
        """Ends the reading with an error, which whoever waits for it gets."""
        del self._active[reading.source.key]
        reading.ended.set_exception(error)
        reading.ended.exception()  # perhaps nobody waits
        self._added.set()

    def cancel(self) -> None:
        """Cancels the readings to come and those under way, and so whoever waits for them."""
        for reading in (*self._active.values(), *(reading for lane in self._waiting.values() for reading in lane.values())):
            reading.ended.cancel()

    def _take(self, least: Urgency) -> Reading | None:
        """The most urgent reading of a document no other version of which is being read; None where there is none."""
        for urgency, lane in self._waiting.items():
            for place, reading in lane.items():
                if urgency <= least and reading.source.key not in self._active:
                    return lane.pop(place)
        return None
