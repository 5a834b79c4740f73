"""Hands what comes from an async iterator over to a thread.

One task in the loop reads ahead into a deque and stops while that is full; the thread takes from it, and sleeps only when it is
empty. Neither side takes a lock. Nobody misses being woken, because each side first says that it is going to wait and then looks
again, while the other first changes the deque and then looks whether somebody waits::

    thread:  bells + B   items?   sleep        task:    append(x)   bells?   ring all
    task:    rooms + R   full?    await        thread:  popleft()   rooms?   let all go

Both sides missing each other would need the task to look at `bells` before ``bells + B`` and the thread to look at `items` before
``append(x)``. But each looks after its own first step: ``append(x)`` < look at `bells` < ``bells + B`` < look at `items`, so the
thread finds x. The same holds for the end, which is said before the bells are looked at, and for `rooms`.

Who waits is named in a deque as well, since taking a name out is one step there. Were it an attribute, whoever wakes would read
and then clear it, and clear what the other side, back already, wrote in between: nobody would know of that sleeper.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar

from ..exceptions import StreamInterruptedError
from ..user_stacklevel import remember_user_line
from .call import CANCEL_SECONDS
from .loop import ThreadEvent
from .loop_refcount import LoopRef

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

FULL = 1024
"""So many items wait for the thread at the most; then the source is not read any further."""
ROOM = 512
"""With so many left the source is read on: being woken for every single one would cost more than the reading."""


class Source(Protocol[T_co]):
    """What is read."""

    def __aiter__(self) -> AsyncIterator[T_co]:
        """The items."""
        ...

    def cancel(self) -> None:
        """Breaks it off at once; idempotent."""
        ...

    async def close(self) -> None:
        """Closes it in good order; idempotent."""
        ...


class Pump(Generic[T]):
    """The items of `source`, which is read from the first `take` on; one thread may take at a time. A guest of the loop.

    `hold` gives a lease on the loop; it is held while the source is being read.
    """

    def __init__(self, source: Source[T], hold: Callable[[], LoopRef]) -> None:
        self._source = source
        self._hold = hold
        self._lease: LoopRef | None = None
        self._thread = hold().thread
        self._items = deque[T]()
        self._error: BaseException | None = None
        self._bells = deque[ThreadEvent]()
        self._rooms = deque[asyncio.Future[None]]()
        self._task: asyncio.Task[None] | None = None
        self._is_started = False
        self._is_over = False
        self._is_orphan = False
        self._may_wait = True
        self._stopped = threading.Event()

    # -- in the thread that reads --------------------------------------------------------------------------------------------

    def take(self) -> T:
        """The next item; raises `StopIteration` at the end, or the error that ended the source, once.

        Whatever interrupts the wait, such as Ctrl-C, cancels the pump and is raised once that has ended, or after two seconds.
        """
        while True:
            over = self._is_over  # looked at first: what came before the end is taken before it
            try:
                item = self._items.popleft()
            except IndexError:
                pass
            else:
                if self._rooms and len(self._items) <= ROOM:
                    self._make_room()
                return item
            if over:
                break
            self._sleep()
        error, self._error = self._error, None
        if self._is_orphan:
            error = StreamInterruptedError("This answer belongs to the parent process: ask again in this one")
        if error is None:
            raise StopIteration
        try:
            raise error
        finally:
            del error  # it knows this frame by its traceback, so this frame must not know it

    def _sleep(self) -> None:
        """Waits until there is something to take, or the end."""
        self._thread.forbid_here()
        try:
            self._start_once()
            # A signal handler may read in the middle of a read: then two sleep here, and both are woken to look for themselves.
            bell = ThreadEvent()
            self._bells.append(bell)
            if not self._items and not self._is_over:
                self._thread.wait(bell)
        except BaseException:
            self.cancel()
            self.wait()
            raise

    def _start_once(self) -> None:
        if self._thread.is_foreign:
            self.on_fork()
        elif not self._is_started:
            self._lease = self._hold()
            self._thread = self._lease.thread
            self._thread.guests.add(self)
            self._is_started = True
            try:
                with remember_user_line():
                    self._thread.post(self._start)
            except RuntimeError:  # the loop is closed
                self.on_loop_closed()

    def _make_room(self) -> None:
        while (room := _taken(self._rooms)) is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._thread.post(functools.partial(_let_go, room))

    # -- in any thread -------------------------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether there is anything of it in the loop."""
        return self._is_started and self._thread.is_usable and not self._stopped.is_set()

    def cancel(self) -> None:
        """Ends it at once; what was read ahead is dropped. Idempotent."""
        self._drop()
        if self._thread.is_foreign:
            return
        if not self._is_started:
            self._source.cancel()
        elif self.is_running:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and the source with it
                self._thread.post(self._stop)

    def hurry(self) -> None:
        """Reads to the source's end, which is near, without waiting for the thread that takes."""
        self._may_wait = False
        self._make_room()

    def wait(self) -> None:
        """Waits until nothing of it is left in the loop, but not for long."""
        if self.is_running and not self._thread.is_here:
            self._stopped.wait(CANCEL_SECONDS)

    def on_loop_closed(self) -> None:
        """See `loop.Waiter`."""
        if not self._is_over:
            self._error = StreamInterruptedError("The program was ending while the answer came")
        self._say_over()
        self._say_stopped()

    def on_fork(self) -> None:
        """See `loop.Waiter`: the answer is the parent's to read."""
        self._items = deque[T]()
        self._bells, self._rooms = deque[ThreadEvent](), deque[asyncio.Future[None]]()
        self._is_over = self._is_orphan = True

    # -- in the loop ---------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Closes the source in good order; idempotent."""
        self._drop()
        await self._source.close()
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.wait([task])

    def _start(self) -> None:
        if self._is_over:  # cancelled meanwhile
            self._say_stopped()
        elif self._thread.is_usable:
            self._task = self._thread.loop.create_task(self._run())
            self._task.add_done_callback(self._finished)
        else:
            self.on_loop_closed()

    async def _run(self) -> None:
        items, bells = self._items, self._bells
        async for item in self._source:
            items.append(item)
            if bells:
                self._ring()
            if len(items) >= FULL:
                await self._wait_for_room(items)

    async def _wait_for_room(self, items: deque[T]) -> None:
        room = self._thread.loop.create_future()
        self._rooms.append(room)
        if len(items) > ROOM and self._may_wait:
            await room

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._task = None  # it knows its error, which knows this pump by its traceback
        if task.cancelled():
            self._source.cancel()
            self.on_loop_closed()
            return
        error = task.exception()
        if not self._is_over:
            self._error = error
        self._say_over()
        self._say_stopped()

    def _stop(self) -> None:
        self._source.cancel()
        if self._task is None:
            self._say_stopped()
        else:
            self._task.cancel()

    def _drop(self) -> None:
        self._items, self._error = deque[T](), None
        self._say_over()

    def _say_stopped(self) -> None:
        self._thread.guests.discard(self)
        self._lease = None
        self._stopped.set()

    def _say_over(self) -> None:
        self._is_over = True
        self._ring()

    def _ring(self) -> None:
        while (bell := _taken(self._bells)) is not None:
            self._thread.wake(bell)


def _taken(waiting: deque[T]) -> T | None:
    """One of those who wait, if any do; another thread may be taking, too."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _let_go(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
