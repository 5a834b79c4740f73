"""The data folder: private, of one server at a time, with the server's secrets and the bytes of uploaded files."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from uuid import uuid4

import attrs

from ..catalog import LocalizedText, system_reason, text
from ..exceptions import ConfigurationError
from ..filesystem.locks import ProcessLock
from ..filesystem.private_files import UnusableFileError, make_private_folder, read_private, write_private
from ..models import UploadedFile
from .indexing.document_source import DocumentSource
from .repository.stored_files import StoredFile
from .request_errors import RequestError
from .storage_errors import storage_error

T = TypeVar("T")
KEY_PREFIX = "file:"
_PARTIAL_SUFFIX = ".part"


def prepared(path: Path) -> Path:
    """The folder `path`, made with mode 0700 where it is missing.

    Raises `ConfigurationError` when it cannot be made or written.
    """
    try:
        make_private_folder(path)
        if not path.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise not_writable(path, system_reason(error)) from error
    return path.resolve()


def not_writable(path: Path, reason: LocalizedText | str) -> ConfigurationError:
    """The error of a server that cannot start on that data folder."""
    return ConfigurationError(text("data_folder_not_writable", path=path, reason=reason))


def locked(folder: Path) -> ProcessLock:
    """The lock of the data folder, held. Raises `ConfigurationError` while another server holds it."""
    lock = ProcessLock(folder / "lock")
    if not lock.try_acquire():
        raise ConfigurationError(text("data_folder_in_use", path=folder))
    return lock


def stored_secret(path: Path) -> str:
    """The secret in the file `path`; where there is no file, a new random one, which is stored.

    The caller holds the folder's lock. Raises `ConfigurationError` when the file can be neither read nor written, or is empty.
    """
    try:
        secret = read_private(path).decode().strip()
    except FileNotFoundError:
        return _new_secret(path)
    except UnusableFileError as error:
        raise _unusable(path, error.text) from error
    except OSError as error:
        raise _unusable(path, system_reason(error)) from error
    except UnicodeDecodeError as error:
        raise _unusable(path, text("not_utf8", position=error.start)) from error
    if not secret:
        raise ConfigurationError(text("secret_file_empty", path=path))
    return secret


def _new_secret(path: Path) -> str:
    secret = secrets.token_urlsafe(32)
    try:
        write_private(path, f"{secret}\n".encode)
    except OSError as error:
        raise _unusable(path, system_reason(error)) from error
    return secret


def _unusable(path: Path, reason: LocalizedText | str) -> ConfigurationError:
    return ConfigurationError(text("secret_file_unusable", path=path, reason=reason))


@attrs.frozen
class ReceivedFile:
    """A file received completely, under a temporary name; `digest` is the SHA-256 of its bytes."""

    path: Path
    size: int
    digest: str


class UploadFolder:
    """The folder of uploaded files, named by their ids; a thread of its own does what blocks.

    A file has a temporary name until all of it is received, so that a crash leaves no incomplete file under an id.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aizoomdoc-uploads")

    async def open(self) -> None:
        """Makes the folder, and deletes the incomplete files that a crash left there."""
        await self._run(self._prepare)

    async def close(self) -> None:
        """Waits for what the thread has to do, and ends it."""
        await self._run(lambda: None)
        self._disk.shutdown()

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> ReceivedFile:
        """The bytes, written and synced to disk.

        Raises `RequestError` 413 for more than `limit` bytes, `StorageError` where the disk is full or cannot be written.
        """
        path = self._folder / f"{uuid4()}{_PARTIAL_SUFFIX}"
        file = await self._run(partial(_new_file, path))
        try:
            received = await self._fill(path, file, chunks, limit)
            await self._run(partial(_sync_and_close, file))
        except BaseException:
            self._disk.submit(_close_and_delete, file, path)
            raise
        return received

    async def _fill(self, path: Path, file: BinaryIO, chunks: AsyncIterator[bytes], limit: int) -> ReceivedFile:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise RequestError(413, f"File too large: at most {limit} bytes are taken")
            digest.update(chunk)
            await self._run(partial(file.write, chunk))
        return ReceivedFile(path, size, digest.hexdigest())

    async def discard(self, received: ReceivedFile) -> None:
        """Deletes a received file that still has its temporary name."""
        await self._run(partial(received.path.unlink, missing_ok=True))

    def path(self, file: StoredFile | UploadedFile) -> Path:
        """The path of the file's bytes."""
        return self._folder / file.id

    def source(self, file: StoredFile | UploadedFile) -> DocumentSource:
        """The file as a document; its version is always the same, because its bytes are."""
        return DocumentSource(key=KEY_PREFIX + file.id, name=file.filename, path=self.path(file), version="1")

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for partial_file in self._folder.glob(f"*{_PARTIAL_SUFFIX}"):
            partial_file.unlink(missing_ok=True)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, work)
        except OSError as error:
            if (refused := storage_error(error)) is not None:
                raise refused from error
            raise


def _new_file(path: Path) -> BinaryIO:
    return open(path, "xb", opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_and_close(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _close_and_delete(file: BinaryIO, path: Path) -> None:
    with suppress(OSError):  # what is still to be written does not fit a full disk either
        file.close()
    path.unlink(missing_ok=True)
