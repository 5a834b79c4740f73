"""Uploads files such that the server's model sees them.

Today's production server shows its model only files that were uploaded for it and whose URIs are passed when the stream is
opened; other servers read the ids in the message. A file is uploaded the way its server reads, and passed in both ways.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import TypeVar

import attrs

from ..catalog import text
from ..config import UploadLimits
from ..exceptions import APIError, ConfigurationError, FilesIgnoredWarning
from ..models import FileInfo, LLMFile, UploadedFile
from ..protocol import requests
from ..protocol.requests import Request
from ..transport.base import Upload, UploadProgress, UploadSource
from ..user_stacklevel import warn
from .caller import Caller
from .single_flight import SingleFlight

__all__ = ["AttachedFile"]

T = TypeVar("T")

AttachedFile = UploadSource | UploadedFile | LLMFile | FileInfo
"""What `files` of a question may hold: what can be uploaded, or what an upload returned."""


@attrs.frozen
class Attached:
    """A file as a server identifies it: by an id, by the model's URI, or by both."""

    id: str | None = None
    llm_file: LLMFile | None = None


@attrs.define
class KnownFiles:
    """What uploads have shown of one user's files and of the server, shared by all clients of that user.

    `takes_llm_files` is whether the server accepts files for its model, None until the first try.
    """

    paths: dict[str, Path] = attrs.field(factory=dict[str, Path])
    attached: dict[Hashable, Attached] = attrs.field(factory=dict[Hashable, Attached])
    llm_copies: dict[str, LLMFile] = attrs.field(factory=dict[str, LLMFile])
    uploads: SingleFlight[Attached] = attrs.field(factory=SingleFlight[Attached])
    takes_llm_files: bool | None = None


class FileUploader:
    """Uploads files as one user, each only once, and remembers which of them the model can see."""

    def __init__(self, caller: Caller, limits: UploadLimits, known: KnownFiles | None = None) -> None:
        self._caller = caller
        self._limits = limits
        self._known = known or KnownFiles()

    async def upload(
        self, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None
    ) -> UploadedFile:
        """The file as the server stored it."""
        return await self._store(source, Upload.of(source, filename=filename, progress=progress))

    async def upload_all(
        self, sources: Iterable[UploadSource], *, concurrency: int, progress: UploadProgress | None = None
    ) -> tuple[UploadedFile, ...]:
        """All files as the server stored them, in order; `progress` counts the bytes of all of them."""
        if concurrency < 1:
            raise ConfigurationError(text("not_a_count", name="concurrency", least=1, value=concurrency))
        listed = list(sources)
        counters = _shared_progress([self._measured(source) for source in listed], progress)
        waiting = iter(enumerate(zip(listed, counters, strict=True)))
        stored = dict[int, UploadedFile]()

        async def work() -> None:
            for place, (source, counter) in waiting:
                stored[place] = await self.upload(source, progress=counter)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(listed))):
                    group.create_task(work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return tuple(stored[place] for place in range(len(listed)))

    async def upload_for_llm(
        self, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None
    ) -> LLMFile:
        """The file as the model's own store has it."""
        return await self._hand_to_llm(Upload.of(source, filename=filename, progress=progress))

    async def attach(self, files: Iterable[AttachedFile]) -> list[Attached]:
        """The uploaded form of each of `files`."""
        return [await self._attach(file) for file in files]

    async def llm_copies(self, file_ids: Iterable[str]) -> list[LLMFile]:
        """The model's copies of files that the server stored but does not read by their ids.

        What cannot be handed to the model is named in a `FilesIgnoredWarning`.
        """
        copies, ignored = list[LLMFile](), list[str]()
        for file_id in file_ids:
            copy = await self._llm_copy(file_id)
            if copy is not None:
                copies.append(copy)
            elif self._known.takes_llm_files is not False:
                ignored.append(file_id)
        if ignored:
            limit = self._limits.llm_file
            advice = text("files_up_to", limit=limit) if limit is not None else ""
            warn(text("files_not_shown", names=ignored, advice=advice), FilesIgnoredWarning)
        return copies

    async def _attach(self, file: AttachedFile) -> Attached:
        if isinstance(file, LLMFile):
            return Attached(file.id, file)
        if isinstance(file, (UploadedFile, FileInfo)):
            return Attached(file.id)
        key = _identity(file)
        if key not in self._known.attached:
            self._known.attached[key] = await self._known.uploads.run(key, self._upload_as_read(file))
        return self._known.attached[key]

    async def _upload_as_read(self, source: UploadSource) -> Attached:
        upload = Upload.of(source)
        if self._known.takes_llm_files is not False and self._fits_llm(upload.size):
            copy = await self._offer_to_llm(upload)
            if copy is not None:
                return Attached(copy.id, copy)
        return Attached((await self._store(source, upload)).id)

    async def _llm_copy(self, file_id: str) -> LLMFile | None:
        path = self._known.paths.get(file_id)
        if file_id not in self._known.llm_copies and path is not None and self._known.takes_llm_files is not False:
            copy = await self._copy_of(path)
            if copy is not None:
                self._known.llm_copies[file_id] = copy
        return self._known.llm_copies.get(file_id)

    async def _copy_of(self, path: Path) -> LLMFile | None:
        """The model's copy of a file that was uploaded from `path`; None where it is too large, or no longer there."""
        try:
            upload = Upload.of(path)
        except ConfigurationError:
            return None
        return await self._offer_to_llm(upload) if upload.size is not None and self._fits_llm(upload.size) else None

    async def _offer_to_llm(self, upload: Upload) -> LLMFile | None:
        """The model's copy of a file; None on a server without such a store."""
        try:
            copy = await self._hand_to_llm(upload)
        except APIError as error:
            if error.status_code not in {404, 405, 501}:
                raise
            self._known.takes_llm_files = False
            return None
        self._known.takes_llm_files = True
        return copy

    async def _hand_to_llm(self, upload: Upload) -> LLMFile:
        return await self._send(requests.upload_file_for_llm(), upload, self._limits.llm_file)

    async def _store(self, source: UploadSource, upload: Upload) -> UploadedFile:
        stored = await self._send(requests.upload_file(), upload, self._limits.file)
        if isinstance(source, (str, os.PathLike)):
            self._known.paths[stored.id] = Path(source)
        return stored

    async def _send(self, request: Request[T], upload: Upload, limit: int | None) -> T:
        """The server's response to the upload; a file that is too large is refused before anything is sent."""
        upload.limit_to(limit, **request.context)
        return await self._caller.call(request, upload)

    def _measured(self, source: UploadSource) -> int | None:
        """The size of a file that is to be stored; raises what sending it would, before the first of many is sent."""
        upload = Upload.of(source)
        upload.limit_to(self._limits.file, **requests.upload_file().context)
        return upload.size

    def _fits_llm(self, size: int | None) -> bool:
        """Whether the model's store surely takes a file of this size."""
        return size is not None and (self._limits.llm_file is None or size <= self._limits.llm_file)


def _shared_progress(sizes: list[int | None], progress: UploadProgress | None) -> list[UploadProgress]:
    """A counter for each file that reports the bytes of all to `progress`."""
    sent = [0] * len(sizes)
    known = [size for size in sizes if size is not None]
    total = sum(known) if len(known) == len(sizes) else None

    def counter(index: int) -> UploadProgress:
        def count(bytes_sent: int, _: int | None) -> None:
            sent[index] = bytes_sent
            if progress is not None:
                progress(sum(sent), total)

        return count

    return [counter(index) for index in range(len(sizes))]


def _identity(source: UploadSource) -> Hashable:
    """What makes two sources the same file: a path's place, time and size, or the bytes; an open file is only itself."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    if isinstance(source, (str, os.PathLike)):
        Upload.of(source)  # raises for what cannot be read
        status = Path(source).stat()
        return os.path.realpath(source), status.st_mtime_ns, status.st_size
    return object()
