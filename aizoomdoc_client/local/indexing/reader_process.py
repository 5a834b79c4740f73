"""One reader process as the server sees it: started when it is needed, limited in time, killed where it takes too long."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import suppress

import attrs

from ...catalog import text
from ..reading import Reason
from .document_source import DocumentSource
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

_LOG = logging.getLogger("aizoomdoc_client.local")

MEGABYTE = 1024 * 1024
_DOCUMENTS_OF_ONE_PROCESS = 200
"""After so many a process is replaced: what a library does not give back goes with it."""


@attrs.frozen(kw_only=True)
class ReaderLimits:
    """What one document may take: `silence` is the longest time without a page, `seconds` and more by size that of the whole."""

    pages: int = 10_000
    memory_bytes: int = 2048 * MEGABYTE
    silence: float = 20.0
    seconds: float = 120.0
    seconds_per_megabyte: float = 10.0

    def total_seconds(self, size: int) -> float:
        """The longest time for a document of `size` bytes."""
        return self.seconds + self.seconds_per_megabyte * size / MEGABYTE


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
        self._seconds = 0.0

    async def open(self, source: DocumentSource) -> Opened:
        """The digest and size of the document. Raises `ReaderStoppedError`."""
        if self._process is None or self._documents >= _DOCUMENTS_OF_ONE_PROCESS:
            await self.close()
            self._process = await self._start()
            self._documents = 0
        self._documents += 1
        opened = await self._said_after(ReadDocument(os.fsencode(source.path), source.name, self._limits.pages))
        assert isinstance(opened, Opened)
        self._seconds = self._limits.total_seconds(opened.size)
        return opened

    async def leave(self) -> None:
        """Does not read the document that was opened."""
        await self._send(GoOn(wanted=False))

    async def read(self) -> AsyncGenerator[PagesRead | PassagesRead | DocumentRead | DocumentUnreadable, None]:
        """What the process says of the document that was opened, the last message is a `DocumentRead` or `DocumentUnreadable`.

        Raises `ReaderStoppedError` where the process ends or is killed because it takes too long. Where the caller does not go
        on to the end, the process is killed.
        """
        is_ended = False
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._said_after(GoOn(wanted=True))
                while not is_ended:
                    assert not isinstance(message, Opened)
                    is_ended = isinstance(message, DocumentRead | DocumentUnreadable)
                    yield message
                    message = message if is_ended else await self._said()
        except TimeoutError:
            raise self._too_slow() from None
        finally:
            if not is_ended:
                await self.close()

    async def close(self) -> None:
        """Kills the process; a new one starts when it is needed."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.reader_worker",
            str(self._limits.memory_bytes),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C is the server's business
        )

    async def _said_after(self, request: ToReader) -> FromReader:
        await self._send(request)
        return await self._said()

    async def _send(self, request: ToReader) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(encoded(request))
        with suppress(ConnectionError):  # the process ended: reading from it tells
            await self._process.stdin.drain()

    async def _said(self) -> FromReader:
        """The next message. Raises `ReaderStoppedError`."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(self._limits.silence):
                length = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))[0]
                return decoded(await self._process.stdout.readexactly(length))
        except TimeoutError:
            await self.close()
            raise self._too_slow() from None
        except asyncio.IncompleteReadError:
            process = self._process
            await self.close()
            _LOG.warning("A reader process ended with status %s", process.returncode)
            raise ReaderStoppedError(Reason.of(text("document_broke_reader")), is_certain=False) from None

    def _too_slow(self) -> ReaderStoppedError:
        return ReaderStoppedError(Reason.of(text("document_too_slow")), is_certain=True)
