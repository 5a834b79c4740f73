"""Who needs the loop: one for the process, there while anybody holds a lease on it.

A lease is given back when its last reference is dropped, so whoever needs the loop just keeps one: each client that was used,
each call on its way, each open answer. The garbage collector may drop one anywhere, in the middle of the functions below too;
therefore giving it back takes no lock and leaves the decision to the loop.
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
        thread.leases.add(id(self))

    def __del__(self) -> None:
        thread = self.thread
        thread.leases.discard(id(self))
        if thread.is_usable and not thread.leases:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                thread.post(functools.partial(end_if_unused, thread))


def lease() -> LoopRef:
    """A lease on the process's loop, which is started if it has to be."""
    with _state.lock:
        if _state.current is not None:
            held = LoopRef(_state.current)
            if held.thread.is_usable:
                return held
        if _state.is_exiting:
            raise RuntimeError(
                "The interpreter is ending: in a handler of atexit use only what was imported before the handler was registered"
            )
        thread = _state.current = LoopThread()
        _state.threads = {thread, *(thread for thread in _state.threads if not thread.has_ended)}
        return LoopRef(thread)


def end_if_unused(thread: LoopThread) -> bool:
    """Ends a loop that nobody needs; whether it ends."""
    with _state.lock:
        if not thread.leases:
            thread.end()
        return not thread.is_usable


class _State:
    """What this process has: its loop, and `threads` also of those that are about to end."""

    def __init__(self) -> None:
        # Reentrant, because a signal handler may use a client in the middle of anybody's work.
        self.lock = threading.RLock()
        self.current: LoopThread | None = None
        self.threads = set[LoopThread]()
        self.is_exiting = False


_state = _State()


def _end_all() -> None:
    """At the interpreter's end, after all handlers that were registered since this module was imported: they may use clients."""
    _state.is_exiting = True
    threads = tuple(_state.threads)
    for thread in threads:
        thread.is_exiting = True
        thread.end()
    for thread in threads:
        thread.join()


def _start_over() -> None:
    """In a forked child, whose only thread this is: whoever held the lock is not here to give it back."""
    global _state
    left, _state = _state, _State()
    for thread in left.threads:
        thread.leave_to_parent()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over)
