"""The event loop in the background: one thread a process, there while anybody holds a lease on it.

A lease is given back when its last reference is dropped, so whoever needs the loop just keeps one: each client, each call on its
way, each open answer. A lease may be dropped anywhere, even by the garbage collector in the middle of the functions below;
therefore giving it back takes no lock, and the decision to end is made by the loop itself, or by `Lease.settle`.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Protocol

import anyio.to_thread

EXIT_SECONDS = 1.5
"""How long the end of the interpreter, or of the last client, may wait for the loop's thread to end."""


class Guest(Protocol):
    """What is on its way in the loop and has somebody waiting for it in a thread."""

    def stranded(self) -> None:
        """The loop ended, so nothing will come any more. Called in the loop's thread, after the loop's last step."""
        ...

    def forked(self) -> None:
        """This is a child process, and the loop stayed with the parent."""
        ...


class LoopThread:
    """A running event loop and its thread. `guests` are told when it ends.

    `is_usable` until it begins to end; `is_foreign` in a forked child, where it stayed with the parent.
    """

    def __init__(self) -> None:
        self.guests = set[Guest]()
        self.leases = set[int]()
        self.is_usable = True
        self.is_foreign = False
        self._end = asyncio.Event()
        self._runner = asyncio.Runner(loop_factory=ClientLoop)
        self.loop = self._runner.get_loop()
        # A daemon, and so are the worker threads that anyio starts from it: none of them keeps a program from ending.
        self._thread = threading.Thread(target=self._work, name="aizoomdoc-client", daemon=True)
        _state.threads.add(self)
        try:
            self._thread.start()
        except BaseException:
            self._give_up()
            raise

    @property
    def is_here(self) -> bool:
        """Whether the calling thread is the loop's own."""
        return self._thread.ident == threading.get_ident()

    def post(self, step: Callable[[], object]) -> None:
        """Lets the loop run `step` soon, in the caller's context; raises `RuntimeError` when the loop is closed."""
        self.loop.call_soon_threadsafe(step)

    def end(self) -> None:
        """Lets the loop end soon, whoever uses it; idempotent."""
        self.is_usable = False
        with contextlib.suppress(RuntimeError):  # it is closed already
            self.post(self._end.set)

    def end_if_unused(self) -> bool:
        """Ends the loop when there is no lease on it; whether it ends."""
        with _state.lock:
            if not self.leases:
                self.end()
            return not self.is_usable

    def join(self) -> None:
        """Waits until the thread has ended, but not for long."""
        if not self.is_here:
            self._thread.join(EXIT_SECONDS)

    def leave_to_parent(self) -> None:
        """In a forked child: forgets the parent's loop without touching anything of it."""
        self.is_usable, self.is_foreign = False, True
        for guest in self.guests:
            guest.forked()

    def _work(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._end.wait())
        finally:
            self.is_usable = False
            _state.threads.discard(self)
            while self.guests:
                self.guests.pop().stranded()

    def _give_up(self) -> None:
        if self._thread.ident is None:
            self._runner.close()
            _state.threads.discard(self)
        else:
            self.end()


class ClientLoop(asyncio.ProactorEventLoop if os.name == "nt" else asyncio.SelectorEventLoop):  # type: ignore[misc]
    """The system's usual loop, but names are looked up in threads that a program need not wait for when it ends.

    The standard executor's threads are waited for at the end of the interpreter, however long a name server is silent, and it
    takes no work any more once the main thread has ended, though other threads may go on.
    """

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> Any:
        """See `socket.getaddrinfo`."""

        def look_up() -> Any:
            return socket.getaddrinfo(host, port, **hints)

        try:
            return await anyio.to_thread.run_sync(look_up, abandon_on_cancel=True)
        except RuntimeError:  # the interpreter is ending and starts no thread any more
            return look_up()


class Lease:
    """Keeps the loop of `thread` running while it is referenced."""

    __slots__ = ("__weakref__", "thread")

    def __init__(self, thread: LoopThread) -> None:
        self.thread = thread
        thread.leases.add(id(self))

    def __del__(self) -> None:
        thread = self.thread
        thread.leases.discard(id(self))
        if not thread.leases and thread.is_usable:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                thread.post(thread.end_if_unused)


def lease() -> Lease:
    """A lease on the process's loop, which is started if it has to be."""
    with _state.lock:
        thread = _state.current
        if thread is not None:
            found = Lease(thread)
            if thread.is_usable:
                return found
        if _state.is_exiting:
            raise RuntimeError("The interpreter is ending, and the client with it")
        thread = _state.current = LoopThread()
        return Lease(thread)


class _State:
    """What this process has: its loop, and those that are about to end."""

    def __init__(self) -> None:
        # Reentrant, because a signal handler may use a client in the middle of anybody's work.
        self.lock = threading.RLock()
        self.current: LoopThread | None = None
        self.threads = set[LoopThread]()
        self.is_exiting = False


_state = _State()


def _end_all() -> None:
    """At the interpreter's end. Handlers that were registered after this module was imported have run, and could use clients."""
    _state.is_exiting = True
    for thread in (threads := tuple(_state.threads)):
        thread.end()
    for thread in threads:
        thread.join()


def _start_over() -> None:
    """In a forked child, whose only thread this is."""
    global _state
    left, _state = _state, _State()
    for thread in left.threads:
        thread.leave_to_parent()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over)
