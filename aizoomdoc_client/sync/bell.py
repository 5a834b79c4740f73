"""What a thread sleeps on until another one wakes it."""

from __future__ import annotations

import contextlib
import sys
import threading

_TICK = 0.1 if sys.platform == "win32" else threading.TIMEOUT_MAX
"""Seconds of sleep after which a thread looks up: on Windows a sleeping thread does not see Ctrl-C."""


class Bell:
    """Rings once, from any thread; ringing again changes nothing. A bare lock: nothing that Python has wakes a thread sooner."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wakes whoever waits; idempotent."""
        with contextlib.suppress(RuntimeError):  # it rang already
            self._lock.release()

    def wait(self) -> None:
        """Sleeps until the bell rings; one thread may, once. Ctrl-C and what signal handlers raise come through."""
        while not self._lock.acquire(timeout=_TICK):
            pass

    def wait_for(self, seconds: float) -> bool:
        """Sleeps until the bell rings, for so many seconds at the most; whether it rang."""
        return self._lock.acquire(timeout=seconds)
