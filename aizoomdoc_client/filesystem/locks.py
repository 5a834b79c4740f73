"""Locks between processes, each a lock file. The operating system releases the lock of a process that ended."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from ..catalog import LocalizedText, text

if TYPE_CHECKING:
    from filelock import BaseFileLock

_POLL_SECONDS = 0.01


class LockHeldError(TimeoutError):
    """Another process held the lock for all the time that a caller was ready to wait; `text` says so."""

    def __init__(self, held: LocalizedText) -> None:
        super().__init__(errno.ETIMEDOUT, held.render())
        self.text = held


class ProcessLock:
    """The lock file `path`, created with mode 0600 if it is missing; held by one `ProcessLock` of all processes at a time.

    Acquiring raises `OSError` if the file cannot be opened or its file system has no locks. Any thread may release.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock  # imported here, because most programs never lock a file

        self._path = path
        # Not bound to a thread, because an event loop may be run by several threads in turn.
        self._lock: BaseFileLock = FileLock(path, mode=0o600, thread_local=False)

    def try_acquire(self) -> bool:
        """Acquires the lock if it is free, without waiting; returns whether it did."""
        try:
            self.acquire(timeout=0)
        except LockHeldError:
            return False
        return True

    def acquire(self, *, timeout: float) -> None:
        """Blocks until the lock is acquired; raises `LockHeldError` after `timeout` seconds."""
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=timeout, poll_interval=_POLL_SECONDS)
        except Timeout:
            raise LockHeldError(text("lock_held", name=self._path.name, seconds=timeout)) from None
        except NotImplementedError as error:
            raise OSError(errno.ENOLCK, str(error)) from None

    @property
    def file_id(self) -> str | None:
        """Tells the lock file from one that takes its place after somebody has deleted it; None where there is none."""
        try:
            return str(self._path.stat().st_ino)
        except OSError:
            return None

    def release(self) -> None:
        """Releases the lock; does nothing if it is not held."""
        self._lock.release()


@contextlib.contextmanager
def exclusive(path: Path, *, timeout: float) -> Generator[None]:
    """Holds the lock file `path` during the block; raises as `ProcessLock.acquire`."""
    lock = ProcessLock(path)
    lock.acquire(timeout=timeout)
    try:
        yield
    finally:
        lock.release()
