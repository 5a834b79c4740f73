"""The folder of uploaded files: written under a draft's name first, so that a half upload is never mistaken for a file."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from uuid import uuid4

import attrs

from .document_index import DocumentSource
from .failures import Failure
from .store.files import StoredFile

T = TypeVar("T")
_DRAFT = ".part"


@attrs.frozen
class Draft:
    """An upload that was received whole and is not yet kept."""

    path: Path
    size: int
    digest: str


class UploadFolder:
    """Where uploaded files lie, each under its id; what touches the disk runs in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aizoomdoc-uploads")

    async def open(self) -> None:
        """Makes the folder, and clears it of what a crash left half done."""
        await self._run(self._prepare)

    async def close(self) -> None:
        """Ends the thread."""
        await self._run(lambda: None)
        self._disk.shutdown()

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> Draft:
        """The bytes as a draft on the disk. Raises `Failure` 413 beyond `limit` bytes."""
        path = self._folder / f"{uuid4()}{_DRAFT}"
        file = await self._run(partial(_new_file, path))
        try:
            draft = await self._fill(path, file, chunks, limit)
            await self._run(partial(_settle, file))
        except BaseException:
            self._disk.submit(_abandon, file, path)
            raise
        return draft

    async def _fill(self, path: Path, file: BinaryIO, chunks: AsyncIterator[bytes], limit: int) -> Draft:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise Failure(413, f"File too large: at most {limit} bytes are taken")
            digest.update(chunk)
            await self._run(partial(file.write, chunk))
        return Draft(path, size, digest.hexdigest())

    async def drop(self, draft: Draft) -> None:
        """Throws away a draft that nobody kept."""
        await self._run(partial(draft.path.unlink, missing_ok=True))

    def path(self, file: StoredFile) -> Path:
        """Where the file's bytes lie."""
        return self._folder / file.id

    def source(self, file: StoredFile) -> DocumentSource:
        """Where the index reads the file from; an uploaded file never changes."""
        return DocumentSource(key=f"file:{file.id}", name=file.filename, path=self.path(file), version="1")

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for draft in self._folder.glob(f"*{_DRAFT}"):
            draft.unlink(missing_ok=True)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def _new_file(path: Path) -> BinaryIO:
    return open(path, "xb", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _abandon(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
