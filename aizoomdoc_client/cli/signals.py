"""Signals that end a command."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from types import FrameType

_received: list[int] = []
"""The signals that this run has received; Python cannot raise the exception of each, as `raise_if_received` says."""

_cancel: list[Callable[[], object]] = []
"""A function that cancels the running coroutine, while there is one."""


def termination_requested() -> bool:
    """Whether SIGTERM or SIGHUP was received; unlike a first Ctrl-C they must end a command without waiting."""
    return bool(_received)


def raise_if_received() -> None:
    """Raises `KeyboardInterrupt` if a signal was received.

    Python may have raised it in a callback of the interpreter, as within an import, where it is only printed.
    """
    if _received:
        raise KeyboardInterrupt


@contextlib.contextmanager
def cancelled_by_signals() -> Generator[None]:
    """The first signal cancels the current task inside of the block, as asyncio does at Ctrl-C unless SIGINT is ignored.

    Where it is ignored, the exception would be raised anywhere in the event loop, and could leave a socket open.
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
    """SIGTERM and SIGHUP end a command as Ctrl-C does: the cursor is shown again, and the answer so far stays visible.

    Yields the signals received. A signal that is ignored, as SIGHUP by ``nohup``, or has a handler, is not changed.
    """
    received = _received
    received.clear()

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL}:  # as for a background job of a shell
            if _cancel and len(received) == 1:
                _cancel[-1]()
                return
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    handled = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        handled = []  # only the main thread may set handlers
    for number in handled:
        signal.signal(number, interrupt)
    try:
        yield received
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
