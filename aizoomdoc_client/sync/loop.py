"""The event loop in the background, in a thread of its own, and what other threads wait on."""

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


TICK = 0.1 if sys.platform == "win32" else 1.0
"""Seconds after which a sleeping thread looks whether there is still a loop to wake it; on Windows also for Ctrl-C."""
END_SECONDS = 1.5
"""How long the end of the interpreter, or of the last client, may wait for the loop's thread to end."""


class Waiter(Protocol):
    """What is on its way in the loop and has somebody waiting for it in a thread."""

    def on_loop_closed(self) -> None:
        """The loop has ended, and nothing will come any more. Called in the loop's thread, after the loop's last step."""
        ...

    def on_fork(self) -> None:
        """This is a child process, and the loop stayed with its parent."""
        ...


class LoopThread:
    """A running event loop and its thread.

    `is_usable` until it begins to end, `is_exiting` when it ends with the interpreter, `is_foreign` in a forked child, where it
    stayed with the parent. `leases` are the ids of those who need it; `guests` are told when it is gone.
    """

    def __init__(self) -> None:
        self.guests: set[Waiter] = set()
        self.leases: set[int] = set()
        self.is_usable: bool = True
        self.is_exiting: bool = False
        self.is_foreign: bool = False
        self.has_ended: bool = False
        self._end = asyncio.Event()
        self._runner = asyncio.Runner(loop_factory=ClientLoop)
        self.loop: asyncio.AbstractEventLoop = self._runner.get_loop()
        # A daemon, and so are the worker threads that anyio starts from it: none of them keeps a program from ending.
        self._thread = threading.Thread(target=self._work, name="aizoomdoc-client", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self._give_up()
            raise

    @property
    def is_here(self) -> bool:
        """Whether the calling thread is the loop's own."""
        return self._thread.ident == threading.get_ident()

    def forbid_here(self) -> None:
        """Raises `RuntimeError` in the loop's own thread, which would wait for itself for ever."""
        if self.is_here:
            raise RuntimeError(
                "This is the client's own event loop, as in a progress callback: a call from here would wait for itself. "
                "Use the client from another thread"
            )

    def post(self, step: Callable[[], object]) -> None:
        """Lets the loop run `step` soon, in the caller's context; raises `RuntimeError` when the loop is closed."""
        self.loop.call_soon_threadsafe(step)

    def wait(self, bell: ThreadEvent) -> None:
        """Sleeps until `bell` rings, or the loop has ended and nobody will ring it."""
        while not bell.wait(TICK) and not self.has_ended:
            pass

    def wake(self, bell: ThreadEvent) -> None:
        """Rings `bell`. Not at the interpreter's end, which daemon threads shall sleep through, as they do elsewhere."""
        if not self.is_exiting:
            bell.ring()

    def end(self) -> None:
        """Lets the loop end soon, whoever uses it; idempotent."""
        self.is_usable = False
        with contextlib.suppress(RuntimeError):  # it is closed already
            self.post(self._end.set)

    def join(self) -> None:
        """Waits until the thread has ended, but not for long."""
        if not self.is_here:
            self._thread.join(END_SECONDS)

    def leave_to_parent(self) -> None:
        """In a forked child: touches nothing of the parent's loop ever again.

        The sockets are shared, and so is the list of those that the parent's loop listens to: closing either would be felt there.
        Nothing of it is ever collected, since the stack of the thread that is not here still refers to all.
        """
        self.is_usable, self.is_foreign = False, True
        for guest in self.guests:
            guest.on_fork()

    def _work(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._end.wait())
        finally:
            self.is_usable = False
            while (guest := self._next_guest()) is not None:
                guest.on_loop_closed()
            self.has_ended = True

    def _next_guest(self) -> Waiter | None:
        try:
            return self.guests.pop()
        except KeyError:  # also when a thread that found the loop closed has just taken its guest off
            return None

    def _give_up(self) -> None:
        if self._thread.ident is None:
            self._runner.close()
        else:
            self.end()


if TYPE_CHECKING:
    _UsualLoop = asyncio.SelectorEventLoop
else:
    _UsualLoop = asyncio.ProactorEventLoop if sys.platform == "win32" else asyncio.SelectorEventLoop


class ClientLoop(_UsualLoop):
    """The system's usual loop, but names are looked up in threads that a program need not wait for when it ends.

    The standard executor's threads are waited for at the interpreter's end, however long a name server is silent; and it takes no
    more work once the main thread has ended, though other threads may go on.
    """

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> Any:
        """See `socket.getaddrinfo`."""

        def look_up() -> Any:
            return socket.getaddrinfo(host, port, **hints)

        try:
            return await anyio.to_thread.run_sync(look_up, abandon_on_cancel=True)
        except RuntimeError:  # the interpreter is ending and starts no thread any more
            return look_up()
