"""Signals that a test sends to its own process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def handled(number: signal.Signals, handler: Callable[[int, Any], Any]) -> Iterator[None]:
    """`handler` is called for the signal inside of the block."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def interrupted_once(wait: Callable[[], object]) -> Iterator[None]:
    """Sends SIGINT to this process as soon as `wait`, which runs in another thread, returns."""

    def interrupt() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    yield
    interrupter.join()
