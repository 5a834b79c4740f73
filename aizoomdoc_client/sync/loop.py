"""An event loop in a background thread, and the event by which other threads wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import anyio.to_thread


class ThreadEvent:
    """A `threading.Event` that is set once and that one thread waits for.

    It is a single lock, which `set` releases and `wait` acquires, because `threading.Event` takes longer to wake a thread.
    """

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Wakes the thread that waits, now or later; idempotent, and callable from any thread."""
        try:  # noqa: SIM105 (contextlib.suppress takes longer than all the rest)
            self._lock.release()
        except RuntimeError:  # it is set already
            pass

    def wait(self, timeout: float) -> bool:
        """Blocks until the event is set, for at most `timeout` seconds; returns whether it was set.

        An exception that a signal handler raises, such as `KeyboardInterrupt`, ends the wait at once, on Windows after `timeout`.
        """
        return self._lock.acquire(timeout=timeout)


CHECK_SECONDS = 0.1 if sys.platform == "win32" else 1.0
"""How often a waiting thread checks that the loop still runs; shorter on Windows, where Ctrl-C is seen only then."""
END_SECONDS = 1.5
"""How long closing the last client, or the interpreter's exit, waits at most for the loop's thread to end."""


class Waiter(Protocol):
    """Work in the loop that a thread waits for; one of the methods is called when the loop can no longer finish it."""

    def on_loop_closed(self) -> None:
        """Ends the wait: the loop has ended. Called in the loop's thread, after the loop's last step."""
        ...

    def on_fork(self) -> None:
        """Ends the wait: this is a forked child, and the loop runs in the parent process only."""
        ...


class LoopThread:
    """A running event loop and its thread.

    `is_usable` turns false when the loop begins to end. `is_exiting` is set when it ends because the interpreter does.
    `belongs_to_parent` is set in a forked child, where the thread does not exist. `references` are the ids of the `LoopRef`
    objects that keep the loop running; `waiters` are called when it has ended.
    """

    def __init__(self) -> None:
        self.waiters: set[Waiter] = set()
        self.references: set[int] = set()
        self.is_usable: bool = True
        self.is_exiting: bool = False
        self.belongs_to_parent: bool = False
        self.has_ended: bool = False
        self._end_requested = asyncio.Event()
        self._runner = asyncio.Runner(loop_factory=ClientLoop)
        self.loop: asyncio.AbstractEventLoop = self._runner.get_loop()
        # A daemon thread does not keep the interpreter from exiting, nor do the worker threads that anyio starts from it.
        self._thread = threading.Thread(target=self._run, name="aizoomdoc-client", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self._undo_start()
            raise

    @property
    def is_current_thread(self) -> bool:
        """Whether the calling thread is the loop's own."""
        return self._thread.ident == threading.get_ident()

    def ensure_other_thread(self) -> None:
        """Raises `RuntimeError` in the loop's own thread: to wait for the loop there would be a deadlock."""
        if self.is_current_thread:
            raise RuntimeError(
                "This is the client's own event loop, as in a progress callback: a call from here would wait for itself. "
                "Use the client from another thread"
            )

    def post(self, step: Callable[[], object]) -> None:
        """Schedules `step` in the loop, in the caller's context; raises `RuntimeError` when the loop is closed."""
        self.loop.call_soon_threadsafe(step)

    def wait(self, event: ThreadEvent) -> None:
        """Blocks until `event` is set, or until the loop has ended and cannot set it any more."""
        while not event.wait(CHECK_SECONDS) and not self.has_ended:
            pass

    def wake(self, event: ThreadEvent) -> None:
        """Sets `event`, but not at the interpreter's exit: waiting daemon threads stay blocked then, and raise no error."""
        if not self.is_exiting:
            event.set()

    def end(self) -> None:
        """Requests the loop's end, whether or not it is in use; idempotent."""
        self.is_usable = False
        with contextlib.suppress(RuntimeError):  # it is closed already
            self.post(self._end_requested.set)

    def join(self) -> None:
        """Waits until the thread has ended, at most `END_SECONDS`; returns at once in the thread itself."""
        if not self.is_current_thread:
            self._thread.join(END_SECONDS)

    def on_fork(self) -> None:
        """Marks the loop as the parent's, in a forked child, and tells its waiters.

        The loop is not closed: its sockets and its selector (epoll) are shared with the parent, so that closing them here would
        disturb the parent's loop. Nor are its objects ever collected here, because the frames of the thread, which does not exist
        in the child, keep referring to them.
        """
        self.is_usable, self.belongs_to_parent = False, True
        for waiter in self.waiters:
            waiter.on_fork()

    def _run(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._end_requested.wait())
        finally:
            self.is_usable = False
            while (waiter := self._next_waiter()) is not None:
                waiter.on_loop_closed()
            self.has_ended = True

    def _next_waiter(self) -> Waiter | None:
        try:
            return self.waiters.pop()
        except KeyError:  # none is left; a thread that found the loop closed may have removed the last one itself
            return None

    def _undo_start(self) -> None:
        if self._thread.ident is None:
            self._runner.close()
        else:
            self.end()


if TYPE_CHECKING:
    _DefaultLoop = asyncio.SelectorEventLoop
else:
    _DefaultLoop = asyncio.ProactorEventLoop if sys.platform == "win32" else asyncio.SelectorEventLoop


class ClientLoop(_DefaultLoop):
    """The platform's default loop, with host names resolved in daemon threads.

    The interpreter waits at its exit for the threads of the loop's default executor, however long a name server takes to answer;
    and that executor refuses work once the main thread has ended, although other threads may still run.
    """

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> Any:
        """See `socket.getaddrinfo`."""

        def resolve() -> Any:
            return socket.getaddrinfo(host, port, **hints)

        try:
            return await anyio.to_thread.run_sync(resolve, abandon_on_cancel=True)
        except RuntimeError:  # the interpreter is exiting and starts no more threads
            return resolve()
