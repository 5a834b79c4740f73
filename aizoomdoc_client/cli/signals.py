"""SIGTERM and SIGHUP end a command as Ctrl-C does: the cursor is shown again, and what came of an answer stays in sight."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType


class Ended:
    """Which signal ended the command: `by` is None while none has."""

    def __init__(self) -> None:
        self.by: int | None = None

    @property
    def exit_code(self) -> int | None:
        """The code that shells give to a program which a signal ended."""
        return None if self.by is None else 128 + self.by

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Takes note of the signal, and passes it on as Ctrl-C."""
        self.by = number
        if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL}:  # as in a shell's background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def as_ctrl_c() -> Generator[Ended]:
    """While the context lasts; a signal that somebody ignores, as ``nohup`` does SIGHUP, or handles, is left alone."""
    ended = Ended()
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []  # only the main thread may set handlers
    for number in ours:
        signal.signal(number, ended.note)
    try:
        yield ended
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
