"""Sources of uploads: a path, bytes or an open file, whose size is determined first, and which is rewound for a retry."""

from __future__ import annotations

import io
import mimetypes
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Unpack

import attrs

from ..catalog import system_reason, text
from ..exceptions import ConfigurationError, NotReplayableError, PayloadTooLargeError
from ..filesystem.names import clean_filename
from ..protocol.requests import RequestContext

__all__ = ["UploadProgress", "UploadSource"]

UploadSource = str | os.PathLike[str] | bytes | BinaryIO
"""What can be uploaded."""
UploadProgress = Callable[[int, int | None], object]
"""Called with the number of bytes sent so far and the total, which is None if it is unknown."""


@attrs.define
class Upload:
    """A file to be uploaded; created by `Upload.of`, which determines the size but does not read the source.

    `sent` counts the bytes that the current attempt has written to the connection.
    """

    filename: str
    content_type: str
    size: int | None
    progress: UploadProgress | None
    sent: int = attrs.field(default=0, init=False)
    _limit: int | None = attrs.field(default=None, init=False)
    _request: RequestContext = attrs.field(factory=RequestContext, init=False, repr=False)
    _source: UploadSource = attrs.field(alias="source", repr=False)
    _start: int | None = attrs.field(default=None, alias="start")
    _used: bool = attrs.field(default=False, init=False)

    @classmethod
    def of(cls, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None) -> Upload:
        """The upload of `source` under `filename`, or the source's own name.

        Raises `ConfigurationError` if the source cannot be read, or has no name.
        """
        size, start, own_name = _measure(source)
        name = clean_filename((filename or own_name).rstrip("/\\"))
        if not name:
            raise ConfigurationError(text("upload_without_name"))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(name, kind, size, progress, source=source, start=start)

    def open(self) -> BinaryIO:
        """The source, at its start position; raises `NotReplayableError` if it was read before and cannot be rewound."""
        replayable = self._start is not None or isinstance(self._source, (bytes, str, os.PathLike))
        if self._used and not replayable:
            raise NotReplayableError(text("upload_not_replayable", filename=self.filename))
        self._used, self.sent = True, 0
        if isinstance(self._source, bytes):
            return io.BytesIO(self._source)
        if isinstance(self._source, (str, os.PathLike)):
            return open_file(self._source)
        if self._start is not None:
            self._source.seek(self._start)
        return self._source

    def read(self, file: BinaryIO, count: int) -> bytes:
        """At most `count` bytes of the file that `open` returned; raises `ConfigurationError` if it cannot be read."""
        try:
            return file.read(count)
        except OSError as error:  # an OSError would be taken for one of the connection
            raise _unreadable(self.filename, error) from error

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

    def close_file(self, file: BinaryIO) -> None:
        """Closes the file that `open` opened; a file that the caller opened stays open."""
        if file is not self._source:
            file.close()


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """The file, opened for reading; raises `ConfigurationError` with its path and the reason."""
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def _measure(source: UploadSource) -> tuple[int | None, int | None, str]:
    """A source's size, the position to rewind to (None for paths, bytes and sources that cannot be rewound) and its name."""
    if isinstance(source, bytes):
        return len(source), None, "document.pdf" if source.startswith(b"%PDF") else "document.bin"
    if isinstance(source, (str, os.PathLike)):
        return _file_size(source), None, Path(source).name
    return _measure_open_file(source)


def _file_size(path: str | os.PathLike[str]) -> int:
    try:
        status = Path(path).stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise ConfigurationError(text("file_is_folder", path=path))
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(text("file_is_not_regular", path=path))
    return status.st_size


def _measure_open_file(file: Any) -> tuple[int | None, int | None, str]:
    if not callable(getattr(file, "read", None)) or isinstance(file, io.TextIOBase):
        raise ConfigurationError(text("upload_type", type=type(file).__name__))
    name = getattr(file, "name", "")
    own_name = name if isinstance(name, str) else ""
    try:
        start = int(file.tell())
        size = int(file.seek(0, os.SEEK_END)) - start
        file.seek(start)
    except (OSError, AttributeError, ValueError):
        return None, None, own_name
    if start > 0 >= size:
        raise ConfigurationError(text("upload_at_its_end", filename=own_name or text("the_file")))
    return size, start, own_name


def _unreadable(path: str | os.PathLike[str], error: OSError) -> ConfigurationError:
    return ConfigurationError(text("file_unreadable", path=path, reason=system_reason(error)))
