"""Locks between processes; the system drops those of a process that died."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import time
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from .private_files import make_private_folder
from .turns import Turns

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_SECONDS = 0.05
"""How often a lock is asked for that another process holds."""


@contextlib.contextmanager
def exclusive(path: Path, patience: float) -> Generator[None]:
    """Holds the lock file `path`, blocking; raises `OSError` where it cannot be had within `patience` seconds."""
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=patience, poll_interval=POLL_SECONDS / 5)
    except Timeout:
        raise TimeoutError(errno.ETIMEDOUT, f"another process has held {path.name} for {patience:g} s") from None
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, str(error)) from None
    try:
        yield
    finally:
        lock.release()


class SharedLock(AbstractAsyncContextManager[None]):
    """Held by one task of all processes: first its turn in this process, then the lock file `path`.

    The event loop goes on meanwhile. Where the file cannot be used the turn alone must do, and so it must, after a call of
    `tell`, when another process has held the file for `patience` seconds: a process that was stopped must not stop all.
    """

    def __init__(self, turns: Turns, path: Path, *, patience: float, tell: Callable[[str], None]) -> None:
        self._turns = turns
        self._path = path
        self._patience = patience
        self._tell = tell
        self._lock: BaseFileLock | None = None

    async def __aenter__(self) -> None:
        await self._turns.__aenter__()
        try:
            self._lock = await self._file_lock()
        except BaseException:
            self._turns.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._lock is not None:
                self._lock.release()
        finally:
            self._turns.release()

    async def _file_lock(self) -> BaseFileLock | None:
        from filelock import FileLock

        deadline = time.monotonic() + self._patience
        try:
            make_private_folder(self._path.parent)
            # Not the thread's own: a loop's last steps may run in another thread than its first.
            lock = FileLock(self._path, mode=0o600, thread_local=False)
            while not _acquired(lock):
                if time.monotonic() >= deadline:
                    self._tell(f"Another process has held {self._path} for {self._patience:g} s; going on without the lock")
                    return None
                await asyncio.sleep(POLL_SECONDS)
        except (OSError, NotImplementedError):
            return None
        return lock


def _acquired(lock: BaseFileLock) -> bool:
    from filelock import Timeout

    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True
