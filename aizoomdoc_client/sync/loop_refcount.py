"""The process's background loop, which runs as long as anything refers to it.

A loop is kept running by `LoopRef` objects: each client that was used, each running call and each open answer holds one. The last
one that is dropped ends the loop. The garbage collector may drop one at any point of any thread, also inside of the functions
below, so `LoopRef.__del__` takes no lock and lets the loop decide whether it ends.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import threading

from .loop import LoopThread


class LoopRef:
    """Keeps the loop of `thread` running while it is referenced."""

    __slots__ = ("__weakref__", "thread")

    def __init__(self, thread: LoopThread) -> None:
        self.thread: LoopThread = thread
        thread.references.add(id(self))

    def __del__(self) -> None:
        thread = self.thread
        thread.references.discard(id(self))
        if thread.is_usable and not thread.references:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                thread.post(functools.partial(end_if_unused, thread))


def acquire_loop() -> LoopRef:
    """A reference to the process's loop, which is started if none runs; raises `RuntimeError` when the interpreter is exiting."""
    with _state.lock:
        if _state.current is not None:
            # Referenced first and checked then: `end_if_unused` may be about to end it.
            reference = LoopRef(_state.current)
            if reference.thread.is_usable:
                return reference
        if _state.is_exiting:
            raise RuntimeError(
                "The interpreter is ending: in a handler of atexit use only what was imported before the handler was registered"
            )
        thread = _state.current = LoopThread()
        _state.threads = {thread, *(thread for thread in _state.threads if not thread.has_ended)}
        return LoopRef(thread)


def end_if_unused(thread: LoopThread) -> bool:
    """Ends a loop without references; returns whether the loop has ended or is ending."""
    with _state.lock:
        if not thread.references:
            thread.end()
        return not thread.is_usable


class _State:
    """The current loop of this process, and all threads whose loops have not ended."""

    def __init__(self) -> None:
        # Reentrant, because a signal handler may use a client while its own thread holds the lock.
        self.lock = threading.RLock()
        self.current: LoopThread | None = None
        self.threads = set[LoopThread]()
        self.is_exiting = False


_state = _State()


def _end_all() -> None:
    """Ends all loops at the interpreter's exit.

    atexit runs handlers in reverse order, so those that were registered after this module was imported may still use clients.
    """
    _state.is_exiting = True
    threads = tuple(_state.threads)
    for thread in threads:
        thread.is_exiting = True
        thread.end()
    for thread in threads:
        thread.join()


def _after_fork() -> None:
    """Replaces the state in a forked child: the lock may have been held by a thread of the parent, which does not exist here."""
    global _state
    inherited, _state = _state, _State()
    for thread in inherited.threads:
        thread.on_fork()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
