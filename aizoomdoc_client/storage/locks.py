"""Asynchronous locks that work across the event loops of a process, and across processes."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from ..catalog import LocalizedText, text
from ..filesystem.locks import ProcessLock
from ..filesystem.private_files import make_private_folder
from .base import TokenKey


class CrossLoopLock(AbstractAsyncContextManager[None]):
    """A lock for tasks in any event loop of this process, acquired in the order of asking.

    Releasing it does not wait, so it is released even by a coroutine that is closed after its loop has ended.
    """

    def __init__(self) -> None:
        # Reentrant: the garbage collector may close a coroutine that holds the lock in a thread that has acquired `_guard`.
        self._guard = threading.RLock()
        self._waiters: deque[Future[None]] = deque()
        self._held = False

    async def __aenter__(self) -> None:
        waiter: Future[None] = Future()
        with self._guard:
            if not self._held:
                self._held = True
                return
            self._waiters.append(waiter)
        try:
            await asyncio.wrap_future(waiter)
        except BaseException:
            if not waiter.cancel():  # the lock was passed to this waiter before the cancellation
                self.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Passes the lock to the next waiter that is not cancelled; without one, the lock is free."""
        with self._guard:
            while self._waiters:
                waiter = self._waiters.popleft()
                if waiter.set_running_or_notify_cancel():
                    break
            else:
                self._held = False
                return
        waiter.set_result(None)


_Locks = weakref.WeakValueDictionary[TokenKey, CrossLoopLock]


class KeyedLocks:
    """A lock for each key; a forked child gets new ones, because tasks of its parent will never release the old ones there."""

    def __init__(self) -> None:
        self._of_processes: dict[int, tuple[Any, _Locks]] = {}

    def __len__(self) -> int:
        return sum(len(locks) for _guard, locks in tuple(self._of_processes.values()))

    def of(self, key: TokenKey) -> CrossLoopLock:
        """The lock of `key` in this process; it exists as long as a task holds it or waits for it."""
        guard, locks = self._of_processes.setdefault(os.getpid(), (threading.RLock(), weakref.WeakValueDictionary()))
        with guard:  # another thread may be here; one of the parent process has another guard
            found = locks.get(key)
            if found is None:
                found = locks[key] = CrossLoopLock()
            return found


POLL_SECONDS = 0.05
"""How often, in seconds, a task checks whether a lock file held by another process is free."""


class CrossProcessLock(AbstractAsyncContextManager[None]):
    """A lock held by one task of all processes: takes `own_lock`, that of this process, then the lock file `path`.

    Waiting does not block the loop. Without a usable lock file `own_lock` alone is held. The same applies when another process
    has held the file for `timeout` seconds, because a suspended process must not block all others; `report` is called then.
    """

    def __init__(self, own_lock: CrossLoopLock, path: Path, *, timeout: float, report: Callable[[LocalizedText], None]) -> None:
        self._own_lock = own_lock
        self._path = path
        self._timeout = timeout
        self._report = report
        self._file_lock: ProcessLock | None = None

    async def __aenter__(self) -> None:
        await self._own_lock.__aenter__()
        try:
            self._file_lock = await self._acquire_file_lock()
        except BaseException:
            self._own_lock.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._file_lock is not None:
                self._file_lock.release()
        finally:
            self._own_lock.release()

    async def _acquire_file_lock(self) -> ProcessLock | None:
        """The acquired lock file; None where it cannot be used, or was held for too long."""
        deadline = time.monotonic() + self._timeout
        try:
            make_private_folder(self._path.parent)
            lock = ProcessLock(self._path)
            while not lock.try_acquire():
                if time.monotonic() >= deadline:
                    self._report(text("renewal_lock_held", path=self._path, seconds=self._timeout))
                    return None
                await asyncio.sleep(POLL_SECONDS)
        except OSError:
            return None
        return lock
