"""Uploads files such that the server's model sees them.

Today's production server shows its model only files that were uploaded for it and whose URIs are passed when the stream is
opened; other servers read the ids in the message. A file is uploaded the way its server reads, and passed in both ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import os
from collections.abc import AsyncGenerator, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeGuard, TypeVar, cast

import anyio.to_thread

from ..catalog import text
from ..config import UploadLimits
from ..exceptions import ConfigurationError
from ..models import FileInfo, LLMFile, UploadedFile
from ..models.ids import id_key
from ..protocol import requests
from ..protocol.requests import Request
from ..protocol.validation import one_or_many
from ..setting_values import positive_count
from ..transport.base import Upload, UploadProgress, UploadSource, is_source
from .caller import Caller
from .known_files import Attached, FileVersion, KnownFiles
from .model_copies import Fetch, ModelCopies

__all__ = ["AttachedFile", "NamedSource", "Uploadable"]

T = TypeVar("T")

NamedSource = tuple[str, UploadSource]
"""What can be uploaded, and the name for it: ``("plan.pdf", data)``."""
Uploadable = UploadSource | NamedSource
"""What can be uploaded, alone or under a name."""
AttachedFile = Uploadable | UploadedFile | LLMFile | FileInfo
"""What `files` of a question may hold: what can be uploaded, alone or under a name, or what an upload returned."""

GoogleFile = LLMFile | Mapping[str, str]


def attached_files(files: AttachedFile | Iterable[AttachedFile] | None, name: str = "files") -> tuple[AttachedFile, ...]:
    """The files of a parameter that takes one or several. A tuple of two paths is two files, no path with a name.

    Raises `ConfigurationError` for a type that cannot be a file.
    """
    listed = one_or_many(files, name, lambda value: _is_file(value) or (_is_named(value) and not _is_path(value[1])))
    for file in listed:
        if not _is_file(file) and not _is_named(file):
            raise ConfigurationError(text("upload_type", type=type(file).__name__))
    return listed


def sources(files: Uploadable | Iterable[Uploadable]) -> list[tuple[UploadSource, str | None]]:
    """The sources of a parameter that takes one or several, each with its name or None.

    Raises `ConfigurationError` as `attached_files` does, and for what an upload returned.
    """
    return [_source_and_name(file) for file in attached_files(files)]


def _source_and_name(file: AttachedFile) -> tuple[UploadSource, str | None]:
    if isinstance(file, (UploadedFile, LLMFile, FileInfo)):
        raise ConfigurationError(text("upload_type", type=type(file).__name__))
    return (file[1], file[0]) if isinstance(file, tuple) else (file, None)


def _is_file(value: object) -> bool:
    return isinstance(value, (UploadedFile, LLMFile, FileInfo)) or is_source(value)


def _is_named(value: Any) -> TypeGuard[tuple[str, Any]]:
    if not isinstance(value, tuple):
        return False
    pair = cast("tuple[Any, ...]", value)
    return len(pair) == 2 and isinstance(pair[0], str) and is_source(pair[1])


def _is_path(value: object) -> bool:
    return isinstance(value, (str, os.PathLike))


class FileUploader:
    """Uploads files as one user, each only once, and remembers which of them the model can see."""

    def __init__(self, caller: Caller, limits: UploadLimits, known: KnownFiles | None = None, fetch: Fetch | None = None) -> None:
        self._caller = caller
        self._limits = limits
        self._known = known or KnownFiles()
        self._copies = ModelCopies(self._upload_for_llm, limits, self._known, fetch and functools.partial(self._fetch, fetch))

    async def upload(
        self, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None
    ) -> UploadedFile:
        """The file as the server stored it."""
        return await self._store(await Upload.of(source, filename=filename, progress=progress))

    async def upload_all(
        self,
        files: Uploadable | Iterable[Uploadable],
        *,
        concurrency: int,
        progress: UploadProgress | None = None,
    ) -> tuple[UploadedFile, ...]:
        """All files as the server stored them, in order; `progress` counts the bytes of all of them.

        At most `concurrency` uploads run at a time. The first failure cancels the others and is raised.
        """
        positive_count("concurrency", concurrency)
        uploads = [await self._prepare_to_store(*file) for file in sources(files)]
        for upload, counter in zip(uploads, _shared_progress([each.size for each in uploads], progress), strict=True):
            upload.progress = counter
        waiting = iter(enumerate(uploads))
        stored = dict[int, UploadedFile]()

        async def worker() -> None:
            for index, upload in waiting:
                stored[index] = await self._store(upload)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(uploads))):
                    group.create_task(worker())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return tuple(stored[index] for index in range(len(uploads)))

    async def upload_for_llm(
        self, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None
    ) -> LLMFile:
        """The file as the model's own store has it."""
        return await self._upload_for_llm(await Upload.of(source, filename=filename, progress=progress))

    async def attach(self, files: Iterable[AttachedFile]) -> list[Attached]:
        """The uploaded form of each of `files`; one that cannot be read raises before the first is sent."""
        prepared = [await self._prepare(file) for file in files]
        return [await self._attach(file) for file in prepared]

    async def renew(self, copies: Sequence[GoogleFile]) -> list[GoogleFile]:
        """The model's `copies`; those that have expired are uploaded again where the file is still there."""
        return [await self._copies.renew(copy) if isinstance(copy, LLMFile) else copy for copy in copies]

    async def llm_copies(self, file_ids: Iterable[str]) -> list[LLMFile]:
        """The model's copies of files that the server stored but does not read by their ids.

        What cannot be handed to the model is named in a `FilesIgnoredWarning`.
        """
        return await self._copies.of(file_ids)

    async def _prepare(self, file: AttachedFile) -> Upload | LLMFile | UploadedFile | FileInfo:
        if isinstance(file, (LLMFile, UploadedFile, FileInfo)):
            return file
        source, name = _source_and_name(file)
        return await Upload.of(source, filename=name)

    async def _attach(self, file: Upload | LLMFile | UploadedFile | FileInfo) -> Attached:
        if isinstance(file, LLMFile):
            return Attached(file.id, await self._copies.renew(file))
        if isinstance(file, (UploadedFile, FileInfo)):
            return Attached(file.id)
        key = await _identity(file)
        if key is None:
            return await self._upload(file)
        return self._known.live_attached(key) or await self._known.uploads.run(key, self._upload_and_remember(key, file))

    async def _upload_and_remember(self, key: Hashable, upload: Upload) -> Attached:
        attached = await self._upload(upload)
        self._known.attached.put(key, attached)
        return attached

    async def _upload(self, upload: Upload) -> Attached:
        """Uploads a file for the model, where the server can hand it over and the file is not too large; else stores it."""
        async with self._with_size(upload) as measured:
            if self._known.takes_llm_files is not False and self._copies.fits(measured.size):
                copy = await self._copies.upload(measured)
                if copy is not None:
                    return Attached(copy.id, copy)
            return Attached((await self._store(measured)).id)

    @contextlib.asynccontextmanager
    async def _with_size(self, upload: Upload) -> AsyncGenerator[Upload]:
        """`upload` with a known size: a pipe's content is kept on the disk, so that it can be sent twice, and to the model."""
        if upload.size is not None or self._limits.file is None or self._known.takes_llm_files is False:
            yield upload
            return
        upload.limit_to(self._limits.file, **requests.upload_file().context)
        async with upload.kept_on_disk() as kept:
            yield kept

    async def _upload_for_llm(self, upload: Upload) -> LLMFile:
        origin = self._known.origin_now(await _version(upload))
        copy = await self._send(requests.upload_file_for_llm(), upload, self._limits.llm_file)
        self._known.origins.put(copy.google_file_uri, origin)
        return copy

    async def _store(self, upload: Upload) -> UploadedFile:
        version = await _version(upload)
        stored = await self._send(requests.upload_file(), upload, self._limits.file)
        if version is not None:
            self._known.versions.put(id_key(stored.id), version)
        return stored

    async def _send(self, request: Request[T], upload: Upload, limit: int | None) -> T:
        """The server's response to the upload; a file that is too large is refused before anything is sent."""
        upload.limit_to(limit, **request.context)
        return await self._caller.call(request, upload)

    async def _prepare_to_store(self, source: UploadSource, name: str | None) -> Upload:
        """The upload of a file; raises before the first of many is sent if it cannot be read or is too large."""
        upload = await Upload.of(source, filename=name)
        upload.limit_to(self._limits.file, **requests.upload_file().context)
        return upload

    async def _fetch(self, fetch: Fetch, file_id: str, limit: int) -> tuple[FileInfo, bytes]:
        """A stored file's description, and its content by `fetch`, at most `limit` bytes."""
        file = await self._caller.call(requests.get_file(file_id))
        return file, await fetch(file, limit)


def _shared_progress(sizes: list[int | None], progress: UploadProgress | None) -> list[UploadProgress]:
    """A callback for the progress of each file, which reports the bytes of all to `progress`."""
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


async def _version(upload: Upload) -> FileVersion | None:
    """The version now of the file on the disk that is to be uploaded; None for another source."""
    if upload.path is None:
        return None
    with contextlib.suppress(OSError):  # if it was just deleted, opening it raises
        return await anyio.to_thread.run_sync(FileVersion.of, upload.path)
    return None


async def _identity(upload: Upload) -> Hashable:
    """A key that two uploads of the same file share: its name, with a file's version or the digest of bytes.

    None for an open file, whose content is not known before it is sent.
    """
    if upload.content is not None:
        return upload.filename, await anyio.to_thread.run_sync(_digest, upload.content)
    version = await _version(upload)
    return None if version is None else (upload.filename, version)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
