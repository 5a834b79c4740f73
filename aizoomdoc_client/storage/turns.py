"""An async lock for tasks of any event loop in any thread of this process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager

from .base import TokenKey


class Turns(AbstractAsyncContextManager[None]):
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


class TurnsByKey:
    """The lock of each key; a forked child has its own, because nobody there would ever release its parent's."""

    def __init__(self) -> None:
        self._turns: dict[tuple[int, TokenKey], Turns] = {}

    def of(self, key: TokenKey) -> Turns:
        """The lock of `key` in this process."""
        return self._turns.setdefault((os.getpid(), key), Turns())
