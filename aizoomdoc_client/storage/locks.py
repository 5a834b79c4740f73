"""Locks for tasks of any event loop, in this process and in all processes; the system drops those of a process that died."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from ..catalog import LocalizedText, text
from ..filesystem.locks import ProcessLock
from ..filesystem.private_files import make_private_folder
from .base import TokenKey


class CrossLoopLock(AbstractAsyncContextManager[None]):
    """A lock that is given to its waiters in their order, whatever loops they run in.

    Leaving it never waits, so that a task which is thrown away with its loop still passes the lock on.
    """

    def __init__(self) -> None:
        # Reentrant, because a collected task may release the lock in the middle of anybody's work.
        self._guard = threading.RLock()
        self._waiting: deque[Future[None]] = deque()
        self._held = False

    async def __aenter__(self) -> None:
        turn: Future[None] = Future()
        with self._guard:
            if not self._held:
                self._held = True
                return
            self._waiting.append(turn)
        try:
            await asyncio.wrap_future(turn)
        except BaseException:
            if not turn.cancel():  # the lock was handed over just now
                self.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Hands the lock to the next who still waits."""
        with self._guard:
            while self._waiting:
                turn = self._waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    break
            else:
                self._held = False
                return
        turn.set_result(None)


class KeyedLocks:
    """The lock of each key; a forked child has its own, because nobody there would ever release its parent's."""

    def __init__(self) -> None:
        self._turns: dict[tuple[int, TokenKey], CrossLoopLock] = {}

    def of(self, key: TokenKey) -> CrossLoopLock:
        """The lock of `key` in this process."""
        return self._turns.setdefault((os.getpid(), key), CrossLoopLock())


POLL_SECONDS = 0.05
"""How often a lock is asked for that another process holds."""


class CrossProcessLock(AbstractAsyncContextManager[None]):
    """Held by one task of all processes: first its turn in this process, then the lock file `path`.

    The event loop goes on meanwhile. Where the file cannot be used the turn alone must do, and so it must, after a call of
    `tell`, when another process has held the file for `patience` seconds: a process that was stopped must not stop all.
    """

    def __init__(self, turns: CrossLoopLock, path: Path, *, patience: float, tell: Callable[[LocalizedText], None]) -> None:
        self._turns = turns
        self._path = path
        self._patience = patience
        self._tell = tell
        self._lock: ProcessLock | None = None

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

    async def _file_lock(self) -> ProcessLock | None:
        deadline = time.monotonic() + self._patience
        try:
            make_private_folder(self._path.parent)
            lock = ProcessLock(self._path)
            while not lock.try_acquire():
                if time.monotonic() >= deadline:
                    self._tell(text("renewal_lock_held", path=self._path, seconds=self._patience))
                    return None
                await asyncio.sleep(POLL_SECONDS)
        except OSError:
            return None
        return lock
