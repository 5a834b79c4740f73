"""One reader process as the server sees it: started when it is needed, limited in time, killed where it takes too long."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import suppress

from ...catalog import text
from ..child_processes.starting import end_child, processor_seconds, start_child
from ..reading import Reason
from .document_source import DocumentSource
from .reader_limits import ReaderLimits
from .reader_messages import (
    LENGTH,
    DocumentRead,
    DocumentUnreadable,
    FromReader,
    GoOn,
    Opened,
    PagesRead,
    PassagesRead,
    ReadDocument,
    ToReader,
    decoded,
    encoded,
)

_logger = logging.getLogger("aizoomdoc_client.local")

_OPENING_SECONDS = 60.0
"""So long a process may take to start and to know the digest of a document."""
_RECOGNIZER_START_SECONDS = 5.0
_LEAST_PROCESSOR_SHARE = 0.5
"""Of the time waited. A process that had a processor for less was slow because the machine was busy."""
_DOCUMENTS_OF_ONE_PROCESS = 200
"""After so many a process is replaced: what a library does not give back goes with it."""


class ReaderStartError(Exception):
    """No process could be started, or each ended before it was told to read anything: no fault of any document."""


class ReaderStoppedError(Exception):
    """The process ended while it read the document; `reason` says why, and `is_certain` that it would end again."""

    def __init__(self, reason: Reason, *, is_certain: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_certain = is_certain


class ReaderProcess:
    """Reads one document at a time: `open`, then `read` or `leave`.

    A process that ended, or whose reading was given up, is replaced at the next `open`.
    """

    def __init__(self, limits: ReaderLimits) -> None:
        self._limits = limits
        self._process: Process | None = None
        self._documents = 0
        self._silent_seconds = 0.0
        self._seconds_left = 0.0
        self._recognition_seconds = 0.0

    async def open(self, source: DocumentSource) -> Opened:
        """The digest and size of the document.

        Raises `ReaderStoppedError` where that takes too long, `ReaderStartError` where a new process ends at once, too.
        """
        if self._process is not None and self._documents < _DOCUMENTS_OF_ONE_PROCESS:
            try:
                return await self._open(source)
            except ReaderStoppedError as stopped:
                if stopped.is_certain:
                    raise
        await self.close()  # it has read enough, or ended while there was nothing to read, as by the system for its memory
        try:
            self._process = await self._start()
            self._documents = 0
            return await self._open(source)
        except OSError as error:
            raise ReaderStartError(str(error)) from error
        except ReaderStoppedError as stopped:
            if stopped.is_certain:
                raise
            raise ReaderStartError(str(stopped)) from stopped

    async def _open(self, source: DocumentSource) -> Opened:
        """As `open`, in the process that there is; from its reply on the limits are those of the document's size."""
        self._documents += 1
        self._silent_seconds = self._seconds_left = _OPENING_SECONDS
        self._recognition_seconds = 0.0
        request = ReadDocument(os.fsencode(source.path), source.name, self._limits.pages, self._limits.recognize)
        opened = await self._request(request)
        assert isinstance(opened, Opened)
        self._silent_seconds = self._limits.silent_seconds(opened.size)
        self._seconds_left = self._limits.total_seconds(opened.size)
        return opened

    async def leave(self) -> None:
        """Tells the process not to read the document that it opened."""
        await self._send(GoOn(wanted=False))

    async def read(self) -> AsyncGenerator[PagesRead | PassagesRead | DocumentRead | DocumentUnreadable, None]:
        """What the process says of the document that was opened; the last message is a `DocumentRead` or `DocumentUnreadable`.

        Raises `ReaderStoppedError` where the process ends or is killed because it takes too long. Where the caller does not go
        on to the end, the process is killed. The time that the caller takes for a message does not count.
        """
        is_ended = False
        try:
            message = await self._request(GoOn(wanted=True))
            while not is_ended:
                assert not isinstance(message, Opened)
                self._recognition_seconds = min(_recognition_seconds(message), self._limits.recognition_seconds)
                self._seconds_left += self._recognition_seconds
                is_ended = isinstance(message, DocumentRead | DocumentUnreadable)
                yield message
                message = message if is_ended else await self._receive()
        finally:
            if not is_ended:
                await self.close()

    async def close(self) -> None:
        """Kills the process and those that it started; a new one starts when it is needed."""
        process, self._process = self._process, None
        if process is None:
            return
        await end_child(process)

    async def _start(self) -> Process:
        return await start_child(f"{__package__}.reader_worker", str(self._limits.memory_bytes))

    async def _request(self, request: ToReader) -> FromReader:
        await self._send(request)
        return await self._receive()

    async def _send(self, request: ToReader) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(encoded(request))
        with suppress(ConnectionError):  # the process ended: reading from it tells
            await self._process.stdin.drain()

    async def _receive(self) -> FromReader:
        """The next message. Raises `ReaderStoppedError` where the process ends, or is killed because it takes too long."""
        assert self._process is not None
        assert self._process.stdout is not None
        began, used_before = time.monotonic(), processor_seconds(self._process.pid)
        try:
            async with asyncio.timeout(min(self._silent_seconds + self._recognition_seconds, self._seconds_left)):
                length = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))[0]
                return decoded(await self._process.stdout.readexactly(length))
        except TimeoutError:
            used = processor_seconds(self._process.pid) - used_before
            await self.close()
            raise self._too_slow(used, time.monotonic() - began) from None
        except asyncio.IncompleteReadError:
            process = self._process
            await self.close()
            if process.returncode != 0:
                _logger.warning("A reader process ended with status %s", process.returncode)
            raise ReaderStoppedError(Reason.of(text("document_broke_reader")), is_certain=False) from None
        finally:
            self._seconds_left -= time.monotonic() - began

    def _too_slow(self, used: float, waited: float) -> ReaderStoppedError:
        """The error of a process that `used` so many seconds of a processor; where the system does not tell, `used` is NaN."""
        hardly_ran = used < _LEAST_PROCESSOR_SHARE * waited
        return ReaderStoppedError(Reason.of(text("document_too_slow")), is_certain=not hardly_ran)


def _recognition_seconds(message: FromReader) -> float:
    """How long the recognition that begins with the message may take, with the start of the program that does it."""
    seconds = message.recognizing_seconds if isinstance(message, PagesRead) else 0.0
    return seconds + _RECOGNIZER_START_SECONDS if seconds else 0.0
