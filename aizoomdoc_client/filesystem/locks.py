"""Locks between processes: one lock file each. The operating system frees the lock of a process that died."""

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
    """The lock file `path`, made with mode 0600 where it is missing; held by one `ProcessLock` of all processes at a time.

    Acquiring raises `OSError` where the file cannot be opened or its file system has no locks. Any thread may release.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock  # here, because most programs never lock a file

        self._path = path
        # Not bound to a thread: an event loop's last steps may run in another thread than its first.
        self._lock: BaseFileLock = FileLock(path, mode=0o600, thread_local=False)

    def try_acquire(self) -> bool:
        """Whether the lock is held now; never waits."""
        try:
            self.acquire(timeout=0)
        except LockHeldError:
            return False
        return True

    def acquire(self, *, timeout: float) -> None:
        """Blocks until the lock is held; raises `LockHeldError` when another process has it for `timeout` seconds."""
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=timeout, poll_interval=_POLL_SECONDS)
        except Timeout:
            raise LockHeldError(text("lock_held", name=self._path.name, seconds=timeout)) from None
        except NotImplementedError as error:
            raise OSError(errno.ENOLCK, str(error)) from None

    def release(self) -> None:
        """Lets the next process have the lock; does nothing where it is not held."""
        self._lock.release()


@contextlib.contextmanager
def exclusive(path: Path, *, timeout: float) -> Generator[None]:
    """Holds the lock file `path` inside of the block, as `ProcessLock.acquire` does."""
    lock = ProcessLock(path)
    lock.acquire(timeout=timeout)
    try:
        yield
    finally:
        lock.release()
