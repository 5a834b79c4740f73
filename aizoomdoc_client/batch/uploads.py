"""The files of a job on the server: each is uploaded once, and again before the server deletes it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

import anyio.to_thread

from ..catalog import text
from .digests import file_changed
from .executor import Executor
from .folder_files import is_away
from .journal import Journal, StoredFile
from .steps import Failure, Fault
from .unit import BatchUnit

__all__ = ["COPY_SECONDS", "FileUploads"]

COPY_SECONDS = 47 * 3600.0
"""Seconds for which a copy in the model's own store is used; servers keep it for 48 hours."""
UPLOADS_AT_ONCE = 3
"""Files that are sent at a time, however many questions are open."""


class FileUploads:
    """Uploads each file of a job when the first of its questions needs it."""

    def __init__(self, journal: Journal, executor: Executor, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._executor = executor
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by digest, while in use
        self._sending = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def file(self, unit: BatchUnit, known: StoredFile | None = None) -> StoredFile | Failure | None:
        """The unit's file as the server has it, None for a document of the project tree; or why it could not be uploaded.

        `known` is the result of an earlier call, which saves a query of the journal.
        """
        path = unit.document.path
        if path is None:
            return None
        if known is not None and not self._is_expired(known):
            return known
        async with self._locks.setdefault(unit.digest, asyncio.Lock()):
            stored = await self.stored(unit)
            if stored is not None:
                return stored
            return await self._upload(unit.digest, path)

    def missing(self, unit: BatchUnit) -> str | None:
        """The digest of the unit's file, where it was never uploaded."""
        return None if unit.document.path is None or self._journal.has_uploaded(unit.digest) else unit.digest

    async def stored(self, unit: BatchUnit, known: StoredFile | None = None) -> StoredFile | None:
        """The unit's file, if the server has it already and keeps it for long enough; `known` as for `file`."""
        if unit.document.path is None:
            return None
        stored = known or await self._journal.stored_file(unit.digest)
        return None if stored is None or self._is_expired(stored) else stored

    async def _upload(self, digest: str, path: Path) -> StoredFile | Failure:
        await self._journal.uploading(digest)
        async with self._sending:  # only for the upload itself
            result = await self._executor.upload(path)
        if isinstance(result, StoredFile):
            if not await anyio.to_thread.run_sync(file_changed, path, digest, abandon_on_cancel=True):
                await self._journal.uploaded(digest, result)
                return result
            result = Failure(Fault.FINAL, text("file_changed", path=path), "FileChanged")
        if await anyio.to_thread.run_sync(is_away, path.parent, abandon_on_cancel=True):
            return Failure(Fault.SERVER, text("folder_away", folder=path.parent), "FolderAway", away=path.parent)
        return result

    async def forget(self, unit: BatchUnit, file: StoredFile) -> None:
        """Marks the unit's file as not uploaded, unless another upload has replaced `file` meanwhile."""
        async with self._locks.setdefault(unit.digest, asyncio.Lock()):
            if await self._journal.stored_file(unit.digest) == file:
                await self._journal.forget_upload(unit.digest)

    def _is_expired(self, file: StoredFile) -> bool:
        """Whether the server may have deleted a copy; one with a time in the future has an unknown age, as a clock was wrong."""
        return file.is_copy and not 0 <= self._clock() - file.uploaded_at <= COPY_SECONDS
