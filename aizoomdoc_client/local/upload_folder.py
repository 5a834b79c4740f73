"""The bytes of uploaded files, in a folder of the server's data folder."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from uuid import uuid4

import attrs

from ..filesystem.private_files import new_private
from ..models import UploadedFile
from .indexing.document_source import DocumentSource
from .repository.stored_files import StoredFile
from .request_errors import RequestError
from .storage_errors import storage_error

T = TypeVar("T")
KEY_PREFIX = "file:"
_PARTIAL_SUFFIX = ".part"


@attrs.frozen
class ReceivedFile:
    """A file received completely, under a temporary name; `digest` is the SHA-256 of its bytes."""

    path: Path
    size: int
    digest: str


class UploadFolder:
    """The folder of uploaded files, named by their ids; blocking calls run in a thread of its own.

    A file has a temporary name until all of it is received, so that a crash leaves no incomplete file under an id.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aizoomdoc-uploads")

    async def open(self) -> None:
        """Makes the folder, and deletes the incomplete files that a crash left there."""
        await self._run(self._prepare)

    async def close(self) -> None:
        """Waits for the thread's pending work, and ends the thread."""
        await self._run(lambda: None)
        self._disk.shutdown()

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> ReceivedFile:
        """Writes the bytes and syncs them to disk.

        Raises `RequestError` 413 for more than `limit` bytes, `StorageError` where the disk is full or cannot be written.
        """
        file = _IncompleteFile(self._folder / f"{uuid4()}{_PARTIAL_SUFFIX}")
        try:
            await self._run(file.create)
            received = await self._fill(file, chunks, limit)
            await self._run(file.sync_and_close)
        except BaseException:
            self._disk.submit(file.delete)
            raise
        return received

    async def _fill(self, file: _IncompleteFile, chunks: AsyncIterator[bytes], limit: int) -> ReceivedFile:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise RequestError(413, f"File too large: at most {limit} bytes are taken")
            digest.update(chunk)
            await self._run(partial(file.write, chunk))
        return ReceivedFile(file.path, size, digest.hexdigest())

    async def discard(self, received: ReceivedFile) -> None:
        """Deletes a received file that still has its temporary name."""
        await self._run(partial(received.path.unlink, missing_ok=True))

    def path(self, file: StoredFile | UploadedFile) -> Path:
        """The path of the file's bytes."""
        return self._folder / file.id

    def source(self, file: StoredFile | UploadedFile) -> DocumentSource:
        """The file as a document; its version is always the same, because its bytes are."""
        return DocumentSource(key=KEY_PREFIX + file.id, name=file.filename, path=self.path(file), version="1")

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for incomplete in self._folder.glob(f"*{_PARTIAL_SUFFIX}"):
            incomplete.unlink(missing_ok=True)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, work)
        except OSError as error:
            if (refused := storage_error(error)) is not None:
                raise refused from error
            raise


class _IncompleteFile:
    """A file of which a part is received; all methods run in the folder's thread.

    A task that waits for the thread may be cancelled at any point, so `delete` can be called in every state.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def create(self) -> None:
        self._file = new_private(self.path)

    def write(self, chunk: bytes) -> None:
        assert self._file is not None
        self._file.write(chunk)

    def sync_and_close(self) -> None:
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def delete(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # closing writes the buffer, which fails on a full disk
                self._file.close()
        self.path.unlink(missing_ok=True)
