"""Hands what comes from an async iterator over to a thread.

One task in the loop reads ahead into a deque and stops while that is full; the thread takes from it, and sleeps only when it is
empty. Neither side takes a lock. Nobody misses being woken, because each side first says that it is going to wait and then looks
again, while the other first changes the deque and then looks whether somebody waits::

    thread:  bell = B    deque empty?   sleep            task:    append(x)   bell?   ring
    task:    room = R    deque full?    await            thread:  popleft()   room?   set

Of the two looks at least one comes after the other side's first step, whatever the order of all four: if the task's look at
`bell` comes before ``bell = B``, then so does ``append(x)``, and the thread's look at the deque, which comes later still, finds
x. The same holds for the end, which is said before the bell is looked at, and for `room`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, Protocol, TypeVar

from ..exceptions import StreamInterruptedError
from .bell import Bell
from .bridge import CANCEL_SECONDS, forbid_own_thread
from .loop import Lease

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
        """Breaks it off at once; called in the loop."""
        ...

    async def close(self) -> None:
        """Closes it in good order."""
        ...


class Pump(Generic[T]):
    """The items of `source`, for one thread at a time. It is read from the first `take` on. A guest of the loop."""

    def __init__(self, source: Source[T], held: Lease) -> None:
        self._source = source
        self._lease: Lease | None = held
        self._thread = held.thread
        self._items = deque[T]()
        self._error: BaseException | None = None
        self._bell: Bell | None = None
        self._room: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_started = False
        self._is_over = False
        self._stopped = threading.Event()

    def take(self) -> T:
        """The next item; raises `StopIteration` at the end, or the error that ended the source, once."""
        while True:
            over = self._is_over  # looked at first: what came before the end is taken before it
            try:
                item = self._items.popleft()
            except IndexError:
                if over:
                    raise self._ending() from None
                self._sleep()
                continue
            if self._room is not None and len(self._items) <= ROOM:
                self._make_room()
            return item

    def cancel(self) -> None:
        """Ends it at once, from any thread; what was read ahead is dropped. Idempotent."""
        if self._thread.is_foreign:
            return
        self._items = deque[T]()
        self._say_over()
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the source with it
            self._thread.post(self._stop)

    def wait(self) -> None:
        """Waits until nothing of it is left in the loop, but not for long."""
        if not self._thread.is_foreign:
            self._stopped.wait(CANCEL_SECONDS)

    def abandon(self) -> None:
        """As `cancel`, when nobody is left who could notice."""
        if not self._stopped.is_set():
            self.cancel()

    async def close(self) -> None:
        """Closes the source in good order; idempotent."""
        if self._thread.is_foreign:
            return
        self._items = deque[T]()
        self._say_over()
        await self._source.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._say_stopped()

    def stranded(self) -> None:
        """See `loop.Guest`."""
        if not self._is_over:
            self._error = StreamInterruptedError("The program was ending while the answer came")
        self._say_over()
        self._say_stopped()

    def forked(self) -> None:
        """See `loop.Guest`: the answer is the parent's to read."""
        self._items = deque[T]()
        self._error = StreamInterruptedError("This answer belongs to the parent process: ask again in this one")
        self._bell, self._room, self._is_over = None, None, True
        self._stopped = threading.Event()
        self._stopped.set()

    # -- in the thread that reads --------------------------------------------------------------------------------------------

    def _sleep(self) -> None:
        """Waits until there is something to take, or the end."""
        self._start_once()
        self._bell = bell = Bell()
        if self._items or self._is_over:
            self._bell = None
            return
        try:
            bell.wait()
        except BaseException:
            self.cancel()
            self.wait()
            raise

    def _start_once(self) -> None:
        thread = self._thread
        forbid_own_thread(thread)
        if thread.is_foreign:
            self.forked()
        elif not self._is_started:
            self._is_started = True
            thread.guests.add(self)
            try:
                thread.post(self._start)
            except RuntimeError:  # the loop is closed
                self.stranded()

    def _make_room(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._thread.post(functools.partial(_let_go, room))

    def _ending(self) -> BaseException:
        error, self._error = self._error, None
        return error or StopIteration()

    # -- in the loop ---------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._thread.is_usable:
            self.stranded()
            return
        self._task = self._thread.loop.create_task(self._run())
        self._task.add_done_callback(self._finished)

    async def _run(self) -> None:
        items = self._items
        async for item in self._source:
            items.append(item)
            if self._bell is not None:
                self._ring()
            if len(items) >= FULL:
                await self._wait_for_room(items)

    async def _wait_for_room(self, items: deque[T]) -> None:
        self._room = room = self._thread.loop.create_future()
        if len(items) > ROOM:
            await room
        self._room = None

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._thread.guests.discard(self)
        if task.cancelled():
            self.stranded()
        elif error := task.exception():
            self._error = None if self._is_over else error
        self._say_over()
        self._say_stopped()

    def _stop(self) -> None:
        self._source.cancel()
        if self._task is None:
            self._say_stopped()
        else:
            self._task.cancel()

    def _say_stopped(self) -> None:
        self._lease = None
        self._stopped.set()

    def _say_over(self) -> None:
        self._is_over = True
        self._ring()

    def _ring(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.ring()


def _let_go(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
