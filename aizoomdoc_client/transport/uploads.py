"""Uploads: a source under its name, whose size is determined first, and which is rewound for a retry."""

from __future__ import annotations

import contextlib
import io
import mimetypes
import tempfile
from collections.abc import AsyncGenerator, Callable
from typing import IO, Any, Unpack

import anyio.to_thread
import attrs

from ..catalog import text
from ..exceptions import ConfigurationError, NotReplayableError, PayloadTooLargeError
from ..filesystem.names import clean_filename
from ..protocol.requests import RequestContext
from .upload_sources import AsyncBinaryReader, BinaryReader, Measured, UploadSource, measure, open_path, read, rewind

__all__ = ["AsyncBinaryReader", "BinaryReader", "UploadProgress", "UploadSource"]

BLOCK = 512 * 1024
"""How many bytes of a file are read and written at once, so that memory does not depend on the file's size."""

UploadProgress = Callable[[int, int | None], object]
"""Called with the number of bytes sent so far and the total, which is None if it is unknown."""


@attrs.define
class Upload:
    """A file to be uploaded; created by `Upload.of`, which determines the size and consumes nothing of the source.

    `sent` counts the bytes that the current attempt has written to the connection.
    """

    filename: str
    content_type: str
    size: int | None
    progress: UploadProgress | None
    sent: int = attrs.field(default=0, init=False)
    _limit: int | None = attrs.field(default=None, init=False)
    _request: RequestContext = attrs.field(factory=RequestContext, init=False, repr=False)
    _measured: Measured = attrs.field(alias="measured", repr=False)
    _start: int | None = attrs.field(default=None, alias="start")
    _used: bool = attrs.field(default=False, init=False)

    @classmethod
    async def of(cls, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None) -> Upload:
        """The upload of `source` under `filename`, or the source's own name, or one that its content suggests.

        Raises `ConfigurationError` if the source cannot be read, or the name is none.
        """
        if not isinstance(filename, (str, type(None))):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without type checkers
            raise ConfigurationError(text("not_text", name="filename", type=type(filename).__name__))
        measured = await measure(source, filename)
        name = clean_filename((measured.name if filename is None else filename).rstrip("/\\"))
        if not name:
            raise ConfigurationError(text("upload_without_name"))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(name, kind, measured.size, progress, measured=measured, start=measured.start)

    @property
    def content(self) -> bytes | None:
        """The bytes of the source if it is given as such."""
        return self._measured.source if isinstance(self._measured.source, bytes) else None

    @property
    def path(self) -> str | None:
        """The path of the source if it is one."""
        return self._measured.source if isinstance(self._measured.source, str) else None

    def open(self) -> Any:
        """The source, open; raises `NotReplayableError` if it was read before and cannot be rewound.

        It stands where it begins after `rewind`.
        """
        if self._used and not self._measured.is_replayable:
            raise NotReplayableError(text("upload_not_replayable", filename=self.filename))
        self._used, self.sent = True, 0
        source = self._measured.source
        if isinstance(source, bytes):
            return io.BytesIO(source)
        return open_path(source) if isinstance(source, str) else source

    async def rewind(self, file: Any) -> None:
        """Sets the file that `open` returned to where the upload begins."""
        if self._start is not None:
            await rewind(file, self._start, self.filename)

    async def read(self, file: Any, count: int) -> bytes:
        """At most `count` bytes of the file that `open` returned; raises `ConfigurationError` if it cannot be read."""
        return await read(file, count, self.filename)

    @contextlib.asynccontextmanager
    async def kept_on_disk(self) -> AsyncGenerator[Upload]:
        """The same upload of what the source gives until its end, kept in a temporary file while the context lasts.

        Raises `PayloadTooLargeError` once it exceeds the limit.
        """
        with tempfile.SpooledTemporaryFile(max_size=BLOCK) as kept:
            source = self.open()
            try:
                await self._copy(source, kept)
            finally:
                self.close_file(source)
            kept.seek(0)
            name = None if self._measured.is_nameless else self.filename
            yield await Upload.of(kept, filename=name, progress=self.progress)

    async def _copy(self, source: Any, kept: IO[bytes]) -> None:
        """Writes what `source` gives into `kept`."""
        size = 0
        await self.rewind(source)
        while block := await self.read(source, BLOCK):
            size += len(block)
            self.check(size, attempts=0)
            await anyio.to_thread.run_sync(kept.write, block)
        if size == 0:
            raise ConfigurationError(text("upload_had_nothing", filename=self.filename))

    def limit_to(self, limit: int | None, **request: Unpack[RequestContext]) -> None:
        """Sets the maximum size that the server accepts, None for any, and the `request` that errors name.

        Raises `PayloadTooLargeError` if the size is exceeded.
        """
        self._limit, self._request = limit, request
        self.check(self.size or 0, attempts=0)

    def check(self, size: int, *, attempts: int = 1) -> None:
        """Raises `PayloadTooLargeError` if `size` bytes exceed the limit; `attempts` is how often sending was started."""
        if self._limit is None or size <= self._limit:
            return
        shown = text("more") if self.size is None else self.size
        too_large = text("upload_too_large", filename=self.filename, limit=self._limit, size=shown)
        details = {"filename": self.filename, "size": self.size, "limit": self._limit}
        raise PayloadTooLargeError(too_large, attempts=attempts, details=details, **self._request)

    def add_sent(self, count: int) -> None:
        """Counts bytes that were written to the connection, and calls `progress`."""
        self.sent += count
        if self.progress is not None:
            self.progress(self.sent, self.size)

    def check_complete(self) -> None:
        """Raises `ConfigurationError` if the source ended early; called at its end."""
        if self.size is not None and self.sent < self.size:
            raise ConfigurationError(text("upload_shrank", filename=self.filename, sent=self.sent, size=self.size))
        if self.size is None and self.sent == 0:
            raise ConfigurationError(text("upload_had_nothing", filename=self.filename))

    def close_file(self, file: Any) -> None:
        """Closes the file that `open` opened; a file that the caller opened stays open."""
        if file is not self._measured.source:
            file.close()
