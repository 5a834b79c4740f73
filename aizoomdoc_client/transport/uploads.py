"""What is uploaded: a path, bytes or an open file, measured ahead and rewound for another attempt."""

from __future__ import annotations

import io
import mimetypes
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from ..exceptions import ConfigurationError, NotReplayableError, PayloadTooLargeError
from ..filesystem.names import clean_filename

__all__ = ["UploadProgress", "UploadSource"]

UploadSource = str | os.PathLike[str] | bytes | BinaryIO
"""What can be uploaded."""
UploadProgress = Callable[[int, int | None], object]
"""Called with the bytes sent so far and the total, None where it is not known."""


@attrs.define
class Upload:
    """A file on its way; made by `Upload.of`, which looks at the source but does not read it.

    `sent` counts the bytes that the running attempt has handed to the line.
    """

    filename: str
    content_type: str
    size: int | None
    progress: UploadProgress | None
    sent: int = attrs.field(default=0, init=False)
    _limit: int | None = attrs.field(default=None, init=False)
    _source: UploadSource = attrs.field(alias="source", repr=False)
    _start: int | None = attrs.field(default=None, alias="start")
    _used: bool = attrs.field(default=False, init=False)

    @classmethod
    def of(cls, source: UploadSource, *, filename: str | None = None, progress: UploadProgress | None = None) -> Upload:
        """The upload of `source` under `filename`, or the source's own name.

        Raises `ConfigurationError` when the source is no file that can be read, or has no name.
        """
        size, start, own_name = _measure(source)
        name = clean_filename((filename or own_name).rstrip("/\\"))
        if not name:
            raise ConfigurationError("The file needs a name: pass filename=")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(name, kind, size, progress, source=source, start=start)

    def open(self) -> BinaryIO:
        """The source at its beginning; raises `NotReplayableError` when it was read before and cannot be rewound."""
        replayable = self._start is not None or isinstance(self._source, (bytes, str, os.PathLike))
        if self._used and not replayable:
            raise NotReplayableError(f"{self.filename} was read and cannot be rewound: pass a path, bytes or a seekable file")
        self._used, self.sent = True, 0
        if isinstance(self._source, bytes):
            return io.BytesIO(self._source)
        if isinstance(self._source, (str, os.PathLike)):
            return open_file(self._source)
        if self._start is not None:
            self._source.seek(self._start)
        return self._source

    def read(self, file: BinaryIO, count: int) -> bytes:
        """At most so many bytes of what `open` gave; raises `ConfigurationError` when it cannot be read."""
        try:
            return file.read(count)
        except OSError as error:  # not to be taken for the connection's
            raise ConfigurationError(f"{self.filename} cannot be read: {error.strerror or error}") from error

    def limit_to(self, limit: int | None) -> None:
        """Takes the most bytes that the server takes, None for any number; raises `PayloadTooLargeError` when they are more."""
        self._limit = limit
        self.check(self.size or 0)

    def check(self, size: int) -> None:
        """Raises `PayloadTooLargeError` when `size` bytes are more than the limit."""
        if self._limit is None or size <= self._limit:
            return
        what = f"{size:,} bytes" if self.size is not None else "more"
        text = f"{self.filename} is too large: at most {self._limit:,} bytes are taken, and it has {what} (see upload_limits)"
        raise PayloadTooLargeError(text, attempts=0, details={"filename": self.filename, "size": self.size, "limit": self._limit})

    def note(self, count: int) -> None:
        """So many bytes more were handed to the line."""
        self.sent += count
        if self.progress is not None:
            self.progress(self.sent, self.size)

    def note_end(self) -> None:
        """The source has no more; raises `ConfigurationError` when less came of it than there was."""
        if self.size is not None and self.sent < self.size:
            raise ConfigurationError(f"{self.filename} became shorter while it was sent: {self.sent} of {self.size} bytes")
        if self.size is None and self.sent == 0:
            raise ConfigurationError(f"{self.filename} had nothing to read: was it read to its end before?")

    def finish(self, file: BinaryIO) -> None:
        """Closes what `open` opened; a file that the caller opened stays open."""
        if file is not self._source:
            file.close()


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """The file opened for reading; raises `ConfigurationError` that names it and the reason."""
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise ConfigurationError(f"{_shown(path)} cannot be read: {error.strerror or error}") from error


def _measure(source: UploadSource) -> tuple[int | None, int | None, str]:
    """A source's size, the position to rewind to (None for paths, bytes and what cannot be rewound) and its own name."""
    if isinstance(source, bytes):
        return len(source), None, "document.pdf" if source.startswith(b"%PDF") else "document.bin"
    if isinstance(source, (str, os.PathLike)):
        return _file_size(source), None, Path(source).name
    return _measure_open_file(source)


def _file_size(path: str | os.PathLike[str]) -> int:
    try:
        status = Path(path).stat()
    except OSError as error:
        raise ConfigurationError(f"{_shown(path)} cannot be read: {error.strerror or error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"{_shown(path)} is {'a folder' if stat.S_ISDIR(status.st_mode) else 'not a file'}")
    return status.st_size


def _measure_open_file(file: Any) -> tuple[int | None, int | None, str]:
    if not callable(getattr(file, "read", None)) or isinstance(file, io.TextIOBase):
        raise ConfigurationError(f"Cannot upload {type(file).__name__}: pass a path, bytes or a file opened in binary mode")
    name = getattr(file, "name", "")
    own_name = name if isinstance(name, str) else ""
    try:
        start = int(file.tell())
        size = int(file.seek(0, os.SEEK_END)) - start
        file.seek(start)
    except (OSError, AttributeError, ValueError):
        return None, None, own_name
    if start > 0 >= size:
        raise ConfigurationError(f"{own_name or 'The file'} stands at its end, so that nothing would be sent: seek(0) first")
    return size, start, own_name


def _shown(path: str | os.PathLike[str]) -> str:
    return repr(os.fspath(path))
