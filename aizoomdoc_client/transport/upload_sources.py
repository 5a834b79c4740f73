"""What can be uploaded, measured and read in one way: paths, bytes, and files that are read with or without await.

What a file says of its own size is not believed where it is small: files of ``/proc`` say 0 bytes, those of ``/sys`` 4096.
"""

from __future__ import annotations

import inspect
import io
import os
import stat
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Protocol, cast

import anyio.to_thread
import attrs

from ..catalog import system_reason, text
from ..exceptions import ConfigurationError

__all__ = ["AsyncBinaryReader", "BinaryReader", "UploadSource"]

CHECKED_SIZE = 64 * 1024
"""Size in bytes up to which a file is read to its end to learn its size."""


class BinaryReader(Protocol):
    """A file opened in binary mode, or whatever is read like one."""

    def read(self, size: int = ..., /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class AsyncBinaryReader(Protocol):
    """A file whose `read` is awaited: a web framework's ``UploadFile``, one of ``aiofiles`` or ``anyio``."""

    def read(self, size: int = ..., /) -> Awaitable[bytes]:
        """At most `size` bytes; none at the end."""
        ...


UploadSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryReader | AsyncBinaryReader
"""What can be uploaded: a path, bytes, or a file opened in binary mode, which may be one that is read with ``await``."""


@attrs.frozen
class Measured:
    """What is known of a source before it is sent.

    `source` is what will be read: bytes, a path as text, or an open file. `size` is None if it is unknown, `start` the position
    to rewind an open file to, None where it cannot be rewound. `name` is its own, or one that its content suggests.
    """

    source: Any = attrs.field(repr=False)
    name: str
    size: int | None
    start: int | None = None
    is_nameless: bool = False

    @property
    def is_replayable(self) -> bool:
        """Whether it can be read again."""
        return self.start is not None or isinstance(self.source, (bytes, str))


def is_source(value: object) -> bool:
    """Whether `value` is something that can be uploaded, as far as its type tells."""
    if isinstance(value, (str, os.PathLike, bytes, bytearray, memoryview)):
        return True
    return not isinstance(value, (type, io.TextIOBase)) and callable(_attribute(_unwrapped(value), "read"))


async def measure(source: UploadSource, filename: str | None = None) -> Measured:
    """What is known of `source`, which errors call `filename`, if that is given; nothing of it is consumed.

    Raises `ConfigurationError` for what cannot be uploaded: another type, a text file, a closed one, a path that cannot be read.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(cast("Any", source))
        return Measured(content, _suggested_name(content), len(content), is_nameless=True)
    if isinstance(source, (str, os.PathLike)):
        return await anyio.to_thread.run_sync(_measure_path, source)
    if not is_source(source):
        raise ConfigurationError(text("upload_type", type=type(source).__name__))
    return await _measure_file(_unwrapped(source), _own_name(source), filename)


async def read(file: Any, count: int, name: str) -> bytes:
    """At most `count` bytes of an open file, read in a worker thread, or awaited where it is read so.

    Raises `ConfigurationError` if it cannot be read, or gives anything but bytes.
    """
    try:
        block = await _called(file.read, count)
    except Exception as error:  # an OSError would be taken for one of the connection, others are the file's own
        raise _unreadable(name, error) from error
    if isinstance(block, str):
        raise ConfigurationError(text("upload_type", type=type(file).__name__))
    if not isinstance(block, (bytes, bytearray, memoryview)):
        raise ConfigurationError(text("upload_gave_no_bytes", filename=name, type=type(block).__name__))
    return bytes(cast("Any", block))


async def rewind(file: Any, start: int, name: str) -> None:
    """Sets an open file to the position `start`; raises `ConfigurationError` if that fails."""
    try:
        await _called(file.seek, start)
    except Exception as error:
        raise _unreadable(name, error) from error


def open_path(path: str) -> io.BufferedReader:
    """The file, opened for reading; raises `ConfigurationError` with its path and the reason."""
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


async def _called(function: Any, *arguments: Any) -> Any:
    """What `function` gives; it may block, so it runs in a worker thread unless it is awaited."""
    if inspect.iscoroutinefunction(function):
        return await function(*arguments)
    given = await anyio.to_thread.run_sync(function, *arguments)
    return await given if inspect.isawaitable(given) else given


def _unwrapped(source: object) -> Any:
    """What is to be read: the file within an upload of a web framework, which can be rewound and measured."""
    if isinstance(source, io.IOBase):
        return source
    inner = _attribute(source, "file")
    return inner if hasattr(source, "filename") and callable(_attribute(inner, "read")) else source


def _own_name(source: object) -> str:
    """The last part of an open file's name; frameworks call it `filename`, and their `name` is the form's field."""
    for attribute in ("name",) if isinstance(source, io.IOBase) else ("filename", "name"):
        name = _attribute(source, attribute)
        if isinstance(name, (str, os.PathLike)) and (own := os.fsdecode(cast("str", name)).rstrip("/\\")):
            return own
    return ""


def _suggested_name(head: bytes) -> str:
    return "document.pdf" if head.startswith(b"%PDF") else "document.bin"


def _measure_path(given: str | os.PathLike[str]) -> Measured:
    try:
        path = os.fsdecode(given)
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise ConfigurationError(text("file_is_folder", path=path))
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(text("file_is_not_regular", path=path))
        size: int | None = status.st_size
        with Path(path).open("rb") as file:
            if status.st_size <= CHECKED_SIZE:
                size = _checked_size(file.read(CHECKED_SIZE + 1))
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(given, error) from error
    return Measured(path, Path(path).name, size)


async def _measure_file(file: Any, own_name: str, filename: str | None) -> Measured:
    shown = filename or own_name or str(text("the_file"))
    if await read(file, 0, shown):  # also finds out whether it is closed, or gives text
        raise ConfigurationError(text("upload_type", type=type(file).__name__))
    start, size = await _position_and_size(file)
    if start is None:
        return Measured(file, own_name or _suggested_name(b""), None, is_nameless=not own_name)
    if start > 0 and size is not None and size <= 0:
        raise ConfigurationError(text("upload_at_its_end", filename=own_name or text("the_file")))
    is_small = size is None or size <= CHECKED_SIZE
    head = await _head(file, CHECKED_SIZE + 1 if is_small else 5, shown)
    await rewind(file, start, shown)
    size = _checked_size(head) if is_small else size
    return Measured(file, own_name or _suggested_name(head), size, start, is_nameless=not own_name)


async def _position_and_size(file: Any) -> tuple[int | None, int | None]:
    """Where an open file stands, None if it cannot be rewound, and how many bytes follow, None if it does not tell."""
    try:
        start = int(await _called(file.tell))
        await _called(file.seek, start)
    except Exception:  # noqa: BLE001 - pipes, sockets and others each have their own way to say that they cannot
        return None, None
    try:
        await _called(file.seek, 0, os.SEEK_END)
        size = int(await _called(file.tell)) - start  # not what seek returns: mmap returns nothing
    except Exception:  # noqa: BLE001 - as above; a compressed file, for one, has no known end
        size = None
    await rewind(file, start, str(text("the_file")))
    return start, size


async def _head(file: Any, count: int, name: str) -> bytes:
    """The next `count` bytes, fewer at the end only."""
    head = b""
    while len(head) < count and (block := await read(file, count - len(head), name)):
        head += block
    return head


def _checked_size(head: bytes) -> int | None:
    """The size of a file that begins with `head`, of which at most `CHECKED_SIZE` + 1 bytes were read."""
    return len(head) if len(head) <= CHECKED_SIZE else None


def _attribute(source: object, name: str) -> Any:
    """An attribute of an object that may raise anything at all when it is asked; None if there is none."""
    try:
        return getattr(source, name, None)
    except Exception:  # noqa: BLE001 - a closed or detached file, for one
        return None


def _unreadable(path: object, error: Exception) -> ConfigurationError:
    try:
        shown = os.fsdecode(cast("Any", path))
    except Exception:  # noqa: BLE001 - a path of the caller's own class
        shown = repr(path)
    shown = shown if len(shown) <= 300 else f"{shown[:299]}…"
    reason = system_reason(error) if isinstance(error, OSError) else str(error) or type(error).__name__
    return ConfigurationError(text("file_unreadable", path=shown if shown.isprintable() else ascii(shown)[1:-1], reason=reason))
