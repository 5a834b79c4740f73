"""The client's methods: files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..assembled_client import AssembledClient
from ..hooks.scope import listening
from ..models import FileInfo, LLMFile, UploadedFile
from ..notebook import Listing
from ..protocol import requests
from ..protocol.validation import IdLike, as_id
from ..session.attachments import Uploadable
from ..tracebacks import ending_at_user
from ..transport.base import UploadProgress, UploadSource


@ending_at_user
class FileMethods(AssembledClient):
    """Uploads and downloads."""

    async def upload_file(
        self, file: UploadSource, filename: str | None = None, *, progress: UploadProgress | None = None
    ) -> UploadedFile:
        """The file as the server stored it: a path, bytes, or a file opened in binary mode, up to the server's limit (100 MB).

        Memory stays constant for a file of any size. `progress` is called with the bytes sent and the total (None if unknown).
        Raises `ConfigurationError` for what cannot be read, `PayloadTooLargeError` beyond `upload_limits` or the server's own,
        and `NotReplayableError` when an unseekable file would have to be sent again.
        """
        return await self._parts.uploader.upload(file, filename=filename, progress=progress)

    async def upload_files(
        self, files: Uploadable | Iterable[Uploadable], *, concurrency: int = 4, progress: UploadProgress | None = None
    ) -> Sequence[UploadedFile]:
        """All `files` as the server stored them, in order, at most `concurrency` at a time.

        `progress` is called with the bytes sent of all files and their total. The first failure stops the rest and is raised.
        """
        return Listing(await self._parts.uploader.upload_all(files, concurrency=concurrency, progress=progress))

    async def upload_file_for_llm(
        self, file: UploadSource, filename: str | None = None, *, progress: UploadProgress | None = None
    ) -> LLMFile:
        """The file as the model's own store has it (at most 20 MB); `files` of `send_message` does this by itself."""
        return await self._parts.uploader.upload_for_llm(file, filename=filename, progress=progress)

    async def get_file(self, file_id: IdLike) -> FileInfo:
        """What the server knows of a stored file."""
        return await self._parts.caller.call(requests.get_file(as_id(file_id, "file_id")))

    async def download_file(self, file_id: IdLike, destination: str | Path = ".", *, max_bytes: int = 2**30) -> Path:
        """The path of the downloaded file: `destination` itself, or a file in it, named as on the server, if it is a folder.

        Nothing is overwritten: a name that is taken gets a number. A long name of the server is cut to 200 bytes; one that you
        give and that is too long for the file system is refused before the download begins. After a failure no file is left.
        Raises `NotFoundError` when the server gives no URL to download from, `PayloadTooLargeError` beyond `max_bytes`, and
        `ConfigurationError` with the path and the reason when the system refuses to save the file, as on a full disk.
        """
        file = await self.get_file(file_id)
        with listening(self._parts.notifier):
            return await self._parts.downloads.save(file, destination, max_bytes=max_bytes)
