"""What a thread sleeps on until another one wakes it."""

from __future__ import annotations

import threading


class Bell:
    """Rings once, from any thread. A bare lock: nothing that Python has wakes a thread sooner."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wakes whoever waits, or will; ringing again changes nothing."""
        try:  # noqa: SIM105 (contextlib.suppress takes longer than all the rest)
            self._lock.release()
        except RuntimeError:  # it rang already
            pass

    def wait(self, seconds: float) -> bool:
        """Sleeps until the bell rings, for so many seconds at the most; whether it rang. One thread may wait.

        What a signal handler raises, as Ctrl-C does, comes through; on Windows after the time only.
        """
        return self._lock.acquire(timeout=seconds)
