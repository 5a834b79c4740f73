"""Locks between processes, each a lock file. The operating system releases the lock of a process that ended."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from ..catalog import LocalizedText, text

if TYPE_CHECKING:
    from filelock import BaseFileLock

_POLL_SECONDS = 0.01
_ASK_WAITS = (0.01, 0.02, 0.05, 0.1)
"""Seconds between attempts where a lock has to be acquired in order to see whether it is held: others may do so, too."""


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

    def is_held(self) -> bool:
        """Whether a `ProcessLock` of any process holds it; several who ask at once do not see one another. Blocks for a moment.

        While somebody asks, `try_acquire` may fail. Raises `OSError` as acquiring does; a lock file that is missing is not held.
        """
        shared = _can_be_shared(self._path)
        if shared is not None:
            return not shared
        for wait in _ASK_WAITS:
            if self._is_free():
                return False
            time.sleep(wait)
        return not self._is_free()

    def _is_free(self) -> bool:
        if not self.try_acquire():
            return False
        self.release()
        return True

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


def _can_be_shared(path: Path) -> bool | None:
    """Whether nobody holds the lock file exclusively, as `ProcessLock` does; None where the system has no shared locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.ENOSYS:  # filelock then has a lock of its own
            return None
        if error.errno in {errno.EACCES, errno.EAGAIN}:
            return False
        raise
    finally:
        os.close(file)
    return True


@contextlib.contextmanager
def exclusive(path: Path, *, timeout: float) -> Generator[None]:
    """Holds the lock file `path` during the block; raises as `ProcessLock.acquire`."""
    lock = ProcessLock(path)
    lock.acquire(timeout=timeout)
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def in_use(path: Path) -> Generator[None]:
    """Marks the file or folder at `path` as in use until the block or the process ends, however that is.

    `is_in_use` tells; without effect where the system, or the file system, has no such marks.
    """
    file = None
    if sys.platform != "win32":
        import fcntl

        with contextlib.suppress(OSError):
            file = os.open(path, os.O_RDONLY)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        if file is not None:
            os.close(file)


def is_in_use(path: Path) -> bool:
    """Whether a process is known to use the file or folder at `path`, as `in_use` marks it."""
    try:
        return _can_be_shared(path) is False
    except OSError:
        return False
