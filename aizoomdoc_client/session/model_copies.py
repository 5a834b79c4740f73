"""The copies that a server's model has of stored files: made from the disk or from the server, renewed once they expire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from ..catalog import text
from ..config import UploadLimits
from ..exceptions import AIZoomDocError, APIError, FilesIgnoredWarning, PayloadTooLargeError
from ..models import FileInfo, LLMFile
from ..transport.base import Upload
from ..user_stacklevel import warn
from .known_files import FileVersion, KnownFiles

Fetch = Callable[[FileInfo, int], Awaitable[bytes]]
"""Downloads a stored file; the number is the most bytes that it may have."""

FETCH_SECONDS = 60.0
"""The most seconds that downloading a stored file for the model may take: the question waits for it."""
FETCH_LIMIT = 20 * 1024 * 1024
"""The most bytes of such a file where `UploadLimits.llm_file` is None: it is held in memory."""


class ModelCopies:
    """Hands stored files to the model, each once until its copy expires.

    `upload_for_llm` uploads a file for the model. `fetch` downloads the stored file with an id, of at most so many bytes; None
    where that is not possible.
    """

    def __init__(
        self,
        upload_for_llm: Callable[[Upload], Awaitable[LLMFile]],
        limits: UploadLimits,
        known: KnownFiles,
        fetch: Callable[[str, int], Awaitable[tuple[FileInfo, bytes]]] | None,
    ) -> None:
        self._upload_for_llm = upload_for_llm
        self._limits = limits
        self._known = known
        self._fetch = fetch

    async def of(self, file_ids: Iterable[str]) -> list[LLMFile]:
        """The model's copies of stored files; a `FilesIgnoredWarning` names those that it cannot get, and says what to do."""
        copies, too_large, without_source = list[LLMFile](), list[str](), list[str]()
        for file_id in file_ids:
            try:
                copy = await self._copy_of(file_id)
            except PayloadTooLargeError:
                too_large.append(file_id)
                continue
            if copy is not None:
                copies.append(copy)
            elif self._known.takes_llm_files is not False:
                without_source.append(file_id)
        if too_large:
            advice = text("files_up_to", limit=self._limit)
            warn(text("files_not_shown", names=too_large, advice=advice), FilesIgnoredWarning)
        if without_source:
            warn(text("files_not_shown", names=without_source, advice=text("files_as_source")), FilesIgnoredWarning)
        return copies

    async def renew(self, copy: LLMFile) -> LLMFile:
        """`copy`, or once it has expired a new one of the same file.

        A `FilesIgnoredWarning` names a file that is no longer there, of which the expired copy is returned.
        """
        if not self._known.has_expired(copy):
            return copy
        key, origin = copy.google_file_uri, self._known.origins.get(copy.google_file_uri)
        known = self._known.if_live(self._known.llm_copies.get(key))
        renewed = known or await self._make_copy(origin.version if origin else None, copy.id)
        if renewed is None:
            warn(text("files_not_shown", names=[copy.filename], advice=text("files_as_source")), FilesIgnoredWarning)
            return copy
        self._known.llm_copies.put(key, renewed)
        return renewed

    async def upload(self, upload: Upload) -> LLMFile | None:
        """The model's copy of a file; None on a server that takes no files for its model, which is then remembered."""
        try:
            copy = await self._upload_for_llm(upload)
        except APIError as error:
            if error.status_code not in {404, 405, 501}:
                raise
            self._known.takes_llm_files = False
            return None
        self._known.takes_llm_files = True
        return copy

    def fits(self, size: int | None) -> bool:
        """Whether the model's store surely takes a file of this size."""
        return size is not None and (self._limits.llm_file is None or size <= self._limits.llm_file)

    @property
    def _limit(self) -> int:
        return FETCH_LIMIT if self._limits.llm_file is None else self._limits.llm_file

    async def _copy_of(self, file_id: str) -> LLMFile | None:
        """The model's copy of a stored file: the known one until it expires, else a new one."""
        known = self._known.if_live(self._known.llm_copies.get(file_id))
        if known is not None or self._known.takes_llm_files is False:
            return known
        return await self._known.copying.run(file_id, self._make_and_remember(file_id))

    async def _make_and_remember(self, file_id: str) -> LLMFile | None:
        copy = await self._make_copy(self._known.versions.get(file_id), file_id)
        if copy is not None:
            self._known.llm_copies.put(file_id, copy)
        return copy

    async def _make_copy(self, version: FileVersion | None, file_id: str | None) -> LLMFile | None:
        """A new copy of a file: of `version` if it is still on the disk, else of the server's download; None without either.

        Raises `PayloadTooLargeError` for a file that is too large for the model.
        """
        if version is not None and version.is_current:
            upload = await Upload.of(version.path)
            upload.limit_to(self._limits.llm_file)
            return await self.upload(upload)
        downloaded = None if file_id is None else await self._download(file_id)
        return None if downloaded is None else await self.upload(downloaded)

    async def _download(self, file_id: str) -> Upload | None:
        """A stored file, downloaded from the server; None where that fails, for whatever reason but its size.

        Raises `PayloadTooLargeError` for one that is too large for the model.
        """
        if self._fetch is None:
            return None
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                file, content = await self._fetch(file_id, self._limit)
        except PayloadTooLargeError:
            raise
        except (AIZoomDocError, TimeoutError):
            return None
        return await Upload.of(content, filename=file.filename)
