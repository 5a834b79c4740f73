"""Signals that end a command."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from types import FrameType

_received: list[int] = []
"""The signals that this run has received, so that one is not lost whose exception Python could not raise."""


_cancel: list[Callable[[], object]] = []
"""What cancels the coroutine that runs now."""


def was_told_to_end() -> bool:
    """Whether SIGTERM or SIGHUP has come, which do not wait as a person's Ctrl-C may."""
    return bool(_received)


def raise_if_received() -> None:
    """Raises `KeyboardInterrupt` if a signal has come.

    Its exception may have come in a callback of the interpreter, as within an import, where Python only prints it.
    """
    if _received:
        raise KeyboardInterrupt


@contextlib.contextmanager
def cancelled_by_signals() -> Generator[None]:
    """The first signal cancels the running task inside of the block, as asyncio does at Ctrl-C where that is not ignored.

    Where it is, the exception would come anywhere in the event loop, and leave a socket open that was just being closed.
    """
    import asyncio

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    cancel = task.cancel
    _cancel.append(lambda: loop.call_soon_threadsafe(cancel))  # which also wakes the loop
    try:
        yield
    finally:
        _cancel.pop()


@contextlib.contextmanager
def signals_as_ctrl_c() -> Generator[Sequence[int]]:
    """Lets SIGTERM and SIGHUP end a command as Ctrl-C does: the cursor is shown again, and what came of an answer stays in sight.

    Gives the signals received. One that somebody ignores, as ``nohup`` does SIGHUP, or handles, is left alone.
    """
    received = _received
    received.clear()

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL}:  # as in a shell's background
            if _cancel and len(received) == 1:
                _cancel[-1]()
                return
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []  # only the main thread may set handlers
    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield received
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
