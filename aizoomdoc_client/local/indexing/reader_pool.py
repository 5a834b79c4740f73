"""The reader processes and what they do: documents are read and put into the index, at most one a process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from weakref import WeakValueDictionary

import attrs

from ...catalog import text
from ..database import Database
from ..reading import Reason
from ..searching import fts_index
from ..searching.fts_index import IndexedDocument, IndexedPassage
from ..storage_errors import StorageError
from . import reading_marks
from .document_source import DocumentSource
from .reader_limits import ReaderLimits
from .reader_messages import DocumentUnreadable, Opened, PagesRead, PassagesRead
from .reader_process import ReaderProcess, ReaderStartError, ReaderStoppedError
from .reading_records import begin_reading, end_reading
from .reading_schedule import Reading, ReadingSchedule, Urgency

_logger = logging.getLogger("aizoomdoc_client.local")

_RECOGNIZABLE = {"no_text", "little_text", "garbled_text"}  # what recognition might read of an `UnreadPart`
_IDLE_SECONDS = 60.0
"""A process that had nothing to do for so long is ended, for its memory."""


class ReaderPool:
    """Reads documents in `processes` reader processes; none is started before there is a document to read.

    One more process reads only documents that somebody waits for, so that they need not wait for those that nobody waits for.
    `on_read` is called after each document. While `recognizes` is True, documents that were read without recognition are out of
    date where it might find more of them. Documents that were given up are out of date when it is time to try them again by
    `clock`; `version` is that of this package.
    """

    def __init__(
        self,
        index: Database,
        limits: ReaderLimits,
        processes: int,
        *,
        on_read: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
        version: str = "",
    ) -> None:
        self._index = index
        self._limits = limits
        self._count = processes
        self._on_read = on_read
        self._clock = clock
        self._version = version
        self.recognizes = False
        self._schedule = ReadingSchedule()
        self._tasks: list[asyncio.Task[None]] = []
        self._digests: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._next_progress: asyncio.Event = asyncio.Event()

    def is_current(self, document: IndexedDocument, source: DocumentSource) -> bool:
        """Whether the index has this version of the document, and nothing more is to be found by reading it again now."""
        may_find_more = self.recognizes and document.unrecognized
        is_to_be_tried = document.retry_at is not None and document.retry_at <= self._clock()
        return document.version == source.version and not may_find_more and not is_to_be_tried

    def reading(self, source: DocumentSource, urgency: Urgency) -> Reading:
        """The reading of the document, which begins when it is its turn."""
        if not self._tasks:
            least = [Urgency.AHEAD] * self._count + [Urgency.WAITED_FOR]
            self._tasks = [asyncio.create_task(self._work(urgency)) for urgency in least]
        return self._schedule.add(source, urgency)

    @property
    def next_progress(self) -> asyncio.Event:
        """An event that is set when the next page is read or the next document has ended."""
        return self._next_progress

    async def close(self) -> None:
        """Ends the processes, whatever they are doing; what was not read is not in the index."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._schedule.cancel()

    async def _work(self, least: Urgency) -> None:
        """Reads documents of that urgency or a higher one."""
        process = ReaderProcess(self._limits)
        try:
            while True:
                reading = await self._next(process, least)
                try:
                    document = await self._read(process, reading)
                except Exception as error:  # the document is read when it is asked for again, and others meanwhile
                    if not isinstance(error, StorageError):
                        _logger.exception("What is known of a document could not be stored")
                    await process.close()
                    self._schedule.fail(reading, error)
                else:
                    self._schedule.end(reading, document)
                    self._on_read()
                self._report_progress()
        finally:
            await process.close()

    async def _next(self, process: ReaderProcess, least: Urgency) -> Reading:
        """The next reading; the process is ended if it has to wait long for that."""
        try:
            return await asyncio.wait_for(self._schedule.next(least), _IDLE_SECONDS)
        except TimeoutError:
            await process.close()
            return await self._schedule.next(least)

    def _report_progress(self) -> None:
        self._next_progress.set()
        self._next_progress = asyncio.Event()

    async def _read(self, process: ReaderProcess, reading: Reading) -> IndexedDocument:
        """What is known of the document in the end, whatever happens. Raises `StorageError` where the index cannot keep it."""
        source = reading.source
        try:
            known = (await self._index.run(fts_index.known_documents, [source.key])).get(source.key)
            if known is not None and self.is_current(known, source):
                return known
            return await self._read_marked(process, reading)
        except ReaderStoppedError as stopped:  # before it was opened
            return await self._store_given_up(source, stopped.reason, reading_marks.retry_time(self._clock(), 1))
        except ReaderStartError as error:  # not stored: the document is tried again when it is asked for
            _logger.warning("No reader process could be started: %s", error)
            return _unreadable(source, Reason.of(text("document_not_read")))
        except StorageError:
            raise
        except Exception:  # one document must not stop the reading of others
            _logger.exception("A document could not be read")
            await process.close()  # it may wait for more about this document
            not_read = Reason.of(text("document_not_read"))
            return await self._store_given_up(source, not_read, reading_marks.retry_time(self._clock(), 1))

    async def _read_marked(self, process: ReaderProcess, reading: Reading) -> IndexedDocument:
        """Reads the document, once more where the process broke; of equal ones one at a time, because they share a mark."""
        while True:
            opened = await process.open(reading.source)
            async with self._digests.setdefault(opened.digest, asyncio.Lock()):
                document = await self._read_once(process, reading, opened)
            if document is not None:
                return document

    async def _read_once(self, process: ReaderProcess, reading: Reading, opened: Opened) -> IndexedDocument | None:
        """The document; None where the process broke and the document is to be tried again."""
        source = reading.source
        begun = await self._index.run(begin_reading, opened.digest, source, self._clock(), recognizes=self.recognizes)
        if isinstance(begun, IndexedDocument):
            await process.leave()
            return begun
        mark = begun.mark
        if mark.is_given_up:
            await process.leave()
            if mark.reason is None:
                return await self._give_up(source, opened.digest, Reason.of(text("document_broke_server")))
            return await self._store_given_up(source, mark.reason, mark.retry_at)
        try:
            return await self._read_opened(process, reading, opened.digest, begun.number)
        except ReaderStoppedError as stopped:
            if not stopped.is_certain and mark.readings < reading_marks.MOST_READINGS:
                return None
            return await self._give_up(source, opened.digest, stopped.reason)
        except asyncio.CancelledError:  # the server stops: no fault of the document
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self._index.run(reading_marks.forget, opened.digest))
            raise
        except StorageError:  # the disk's fault; the mark may have found room
            with contextlib.suppress(StorageError):
                await self._index.run(reading_marks.forget, opened.digest)
            raise

    async def _read_opened(self, process: ReaderProcess, reading: Reading, digest: str, number: int) -> IndexedDocument:
        """Stores what the process says of the document; its last passages together with its end, in one transaction."""
        source, last = reading.source, tuple[IndexedPassage, ...]()
        async with contextlib.aclosing(process.read()) as messages:
            async for message in messages:
                if isinstance(message, PagesRead):
                    reading.pages_done, reading.pages = message.done, message.of
                    self._report_progress()
                elif isinstance(message, PassagesRead):
                    if last:
                        await self._index.run(fts_index.add_passages, number, last)
                    last = message.passages
                elif isinstance(message, DocumentUnreadable):
                    if message.is_unexpected:
                        return await self._give_up(source, digest, message.reason)
                    document = await self._store_unreadable(source, message.reason)
                    await self._index.run(reading_marks.forget, digest)
                    return document
                else:
                    document = IndexedDocument(
                        key=source.key,
                        version=source.version,
                        name=source.name,
                        page_count=message.page_count,
                        unread=message.unread,
                        unrecognized=not self.recognizes and any(part.kind in _RECOGNIZABLE for part in message.unread),
                    )
                    await self._index.run(end_reading, number, last, document, digest)
                    return document
        raise AssertionError("a reading ends with a message about the document")

    async def _give_up(self, source: DocumentSource, digest: str, reason: Reason) -> IndexedDocument:
        """Marks the bytes of the document as not to be read for some days."""
        retry_at = await self._index.run(reading_marks.give_up, digest, reason, self._clock(), self._version)
        return await self._store_given_up(source, reason, retry_at)

    async def _store_given_up(self, source: DocumentSource, reason: Reason, retry_at: float) -> IndexedDocument:
        """Stores the document as unreadable until `retry_at`, with the day of that in its reason."""
        day = datetime.fromtimestamp(retry_at, UTC).date().isoformat()
        told = Reason(
            ru=text("document_tried_again", reason=reason.ru, day=day).render("ru"),
            en=text("document_tried_again", reason=reason.en, day=day).render("en"),
        )
        return await self._store_unreadable(source, told, retry_at)

    async def _store_unreadable(self, source: DocumentSource, reason: Reason, retry_at: float | None = None) -> IndexedDocument:
        document = attrs.evolve(_unreadable(source, reason), retry_at=retry_at, unrecognized=not self.recognizes)
        await self._index.run(fts_index.put_document, document, ())
        return document


def _unreadable(source: DocumentSource, reason: Reason) -> IndexedDocument:
    return IndexedDocument(key=source.key, version=source.version, name=source.name, error=reason)
