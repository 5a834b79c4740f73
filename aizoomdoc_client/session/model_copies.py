"""The copies that a server's model has of stored files: made from the disk or from the server, renewed before they end."""

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
"""Downloads a stored file of at most so many bytes."""

FETCH_SECONDS = 60.0
"""The maximum time for downloading a stored file in order to hand it to the model, in seconds."""
FETCH_LIMIT = 20 * 1024 * 1024
"""The maximum size of such a file in bytes where `UploadLimits.llm_file` is None: it is held in memory."""


class ModelCopies:
    """Hands stored files to the model, each once as long as its copy lives.

    `hand_over` uploads a file for the model, `fetched` gives a stored file, of at most so many bytes, with its content.
    """

    def __init__(
        self,
        hand_over: Callable[[Upload], Awaitable[LLMFile]],
        limits: UploadLimits,
        known: KnownFiles,
        fetched: Callable[[str, int], Awaitable[tuple[FileInfo, bytes]]] | None,
    ) -> None:
        self._hand_over = hand_over
        self._limits = limits
        self._known = known
        self._fetched = fetched

    async def of(self, file_ids: Iterable[str]) -> list[LLMFile]:
        """The model's copies of stored files; a `FilesIgnoredWarning` names those that it cannot get, and advises."""
        copies, too_large, without_source = list[LLMFile](), list[str](), list[str]()
        for file_id in file_ids:
            try:
                copy = await self._copy(file_id)
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

    async def renewed(self, copy: LLMFile) -> LLMFile:
        """A copy that lives: `copy` itself, or another one of the same file where this client made it so long ago that it ended.

        A `FilesIgnoredWarning` names a file that is no longer there.
        """
        if not self._known.has_ended(copy):
            return copy
        key, origin = copy.google_file_uri, self._known.origins.get(copy.google_file_uri)
        known = self._known.live(self._known.llm_copies.get(key))
        again = known or await self._copied(origin.version if origin else None, copy.id)
        if again is None:
            warn(text("files_not_shown", names=[copy.filename], advice=text("files_as_source")), FilesIgnoredWarning)
            return copy
        self._known.llm_copies.put(key, again)
        return again

    async def offered(self, upload: Upload) -> LLMFile | None:
        """The model's copy of a file; None on a server without such a store."""
        try:
            copy = await self._hand_over(upload)
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

    async def _copy(self, file_id: str) -> LLMFile | None:
        known = self._known.live(self._known.llm_copies.get(file_id))
        if known is not None or self._known.takes_llm_files is False:
            return known
        return await self._known.copying.run(file_id, self._copy_anew(file_id))

    async def _copy_anew(self, file_id: str) -> LLMFile | None:
        copy = await self._copied(self._known.versions.get(file_id), file_id)
        if copy is not None:
            self._known.llm_copies.put(file_id, copy)
        return copy

    async def _copied(self, version: FileVersion | None, file_id: str | None) -> LLMFile | None:
        """A new copy of a file that is still on the disk as it was, else of what the server gives out; None if neither is so."""
        if version is not None and version.is_current:
            upload = await Upload.of(version.path)
            upload.limit_to(self._limits.llm_file)
        elif file_id is None or self._fetched is None:
            return None
        else:
            fetched = await self._from_server(file_id)
            if fetched is None:
                return None
            upload = fetched
        return await self.offered(upload)

    async def _from_server(self, file_id: str) -> Upload | None:
        """A stored file as the server gives it out; None where it does not, for whatever reason.

        Raises `PayloadTooLargeError` for one that is too large for the model.
        """
        assert self._fetched is not None
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                file, content = await self._fetched(file_id, self._limit)
        except PayloadTooLargeError:
            raise
        except (AIZoomDocError, TimeoutError):
            return None
        return await Upload.of(content, filename=file.filename)
