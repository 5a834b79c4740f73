"""The reader processes and what they do: documents are read and put into the index, at most one a process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from ...catalog import text
from ..database import Database
from ..reading import Reason
from ..searching import fts_index
from ..searching.fts_index import IndexedDocument
from ..storage_errors import StorageError
from . import reading_marks
from .document_source import DocumentSource
from .reader_messages import DocumentUnreadable, PagesRead, PassagesRead
from .reader_process import ReaderLimits, ReaderProcess, ReaderStoppedError
from .reading_schedule import Reading, ReadingSchedule, Urgency

_LOG = logging.getLogger("aizoomdoc_client.local")

_IDLE_SECONDS = 60.0
"""A process that had nothing to do for so long is ended, for its memory."""


class ReaderPool:
    """Reads documents in `processes` reader processes; none is started before there is a document to read.

    `on_read` is called after each document.
    """

    def __init__(
        self, index: Database, limits: ReaderLimits, processes: int, *, on_read: Callable[[], None] = lambda: None
    ) -> None:
        self._index = index
        self._limits = limits
        self._count = processes
        self._on_read = on_read
        self._schedule = ReadingSchedule()
        self._tasks: list[asyncio.Task[None]] = []
        self._progress: asyncio.Event = asyncio.Event()

    def reading(self, source: DocumentSource, urgency: Urgency) -> Reading:
        """The reading of the document, which begins when it is its turn."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._work()) for _ in range(self._count)]
        return self._schedule.add(source, urgency)

    async def progressed(self) -> None:
        """Waits until a page is read or a document has ended."""
        await self._progress.wait()

    async def close(self) -> None:
        """Ends the processes, whatever they are doing; what was not read is not in the index."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._schedule.cancel()

    async def _work(self) -> None:
        process = ReaderProcess(self._limits)
        try:
            while True:
                reading = await self._next(process)
                try:
                    self._schedule.end(reading, await self._read(process, reading))
                    self._on_read()
                except StorageError as error:  # the document is read when it is asked for again
                    await process.close()
                    self._schedule.fail(reading, error)
                self._tell()
        finally:
            await process.close()

    async def _next(self, process: ReaderProcess) -> Reading:
        try:
            return await asyncio.wait_for(self._schedule.next(), _IDLE_SECONDS)
        except TimeoutError:
            await process.close()
            return await self._schedule.next()

    def _tell(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()

    async def _read(self, process: ReaderProcess, reading: Reading) -> IndexedDocument:
        source = reading.source
        try:
            known = (await self._index.run(fts_index.known_documents, [source.key])).get(source.key)
            if known is not None and known.version == source.version:
                return known
            return await self._read_marked(process, reading)
        except ReaderStoppedError as stopped:  # before the document was opened: no fault of the document
            return await self._store_unreadable(source, stopped.reason)
        except StorageError:
            raise
        except Exception:  # noqa: BLE001 (one document must not stop the reading of others)
            _LOG.exception("A document could not be read")
            return await self._store_unreadable(source, Reason.of(text("document_not_read")))

    async def _read_marked(self, process: ReaderProcess, reading: Reading) -> IndexedDocument:
        """Reads the document, once more where the process broke."""
        source = reading.source
        while True:
            opened = await process.open(source)
            mark = await self._index.run(reading_marks.begin, opened.digest)
            if mark.is_given_up:
                await process.leave()
                reason = mark.reason or Reason.of(text("document_broke_server"))
                return await self._store_unreadable(source, reason)
            try:
                document = await self._read_opened(process, reading)
            except ReaderStoppedError as stopped:
                if stopped.is_certain or mark.readings >= reading_marks.MOST_READINGS:
                    await self._index.run(reading_marks.give_up, opened.digest, stopped.reason)
                    return await self._store_unreadable(source, stopped.reason)
            except asyncio.CancelledError:  # the server stops: no fault of the document
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(self._index.run(reading_marks.forget, opened.digest))
                raise
            except StorageError:  # the disk's fault; the mark may have found room
                with contextlib.suppress(StorageError):
                    await self._index.run(reading_marks.forget, opened.digest)
                raise
            else:
                await self._index.run(reading_marks.forget, opened.digest)
                return document

    async def _read_opened(self, process: ReaderProcess, reading: Reading) -> IndexedDocument:
        source = reading.source
        number = await self._index.run(fts_index.begin_document, source.key, source.name)
        async with contextlib.aclosing(process.read()) as messages:
            async for message in messages:
                if isinstance(message, PagesRead):
                    reading.pages_done, reading.pages = message.done, message.of
                    self._tell()
                elif isinstance(message, PassagesRead):
                    await self._index.run(fts_index.add_passages, number, message.passages)
                elif isinstance(message, DocumentUnreadable):
                    return await self._store_unreadable(source, message.reason)
                else:
                    document = IndexedDocument(
                        key=source.key,
                        version=source.version,
                        name=source.name,
                        page_count=message.page_count,
                        unread=message.unread,
                    )
                    await self._index.run(fts_index.finish_document, number, document)
                    return document
        raise AssertionError("a reading ends with a message about the document")

    async def _store_unreadable(self, source: DocumentSource, reason: Reason) -> IndexedDocument:
        document = IndexedDocument(key=source.key, version=source.version, name=source.name, error=reason)
        await self._index.run(fts_index.put_document, document, ())
        return document
