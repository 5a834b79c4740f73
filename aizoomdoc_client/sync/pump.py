"""Hands the items of an async iterator over to a thread.

A task in the loop appends items to a deque and waits for space while `CAPACITY` of them are there. The thread takes items from
the deque and waits only while it is empty. Neither side takes a lock. A side that is about to wait first adds its waiter to a
second deque and then checks again whether it has to wait; the other side first changes the items and then checks for waiters::

    thread:  add W to _item_waiters    check _items          wait for W
    task:    append x to _items        check _item_waiters   set all

    task:    add F to _space_waiters   check len(_items)     await F
    thread:  popleft from _items       check _space_waiters  resolve all

No wake-up can be lost. If the thread waited for W although x is there, it would have checked `_items` before x was appended, and
the task would have checked `_item_waiters` before W was added. But each side checks after its own change, so the second gives the
order append x < check `_item_waiters` < add W < check `_items`, in which the thread's check finds x. The same holds for
`_space_waiters`, and for the end and for `drain`, where setting a flag takes the place of changing the items.

Waiters are kept in deques rather than in attributes because `deque.popleft` reads and removes one in a single atomic step. With
an attribute, the waking side would read the waiter and then clear the attribute, and so could clear a new waiter that the other
side, already woken, stored between the two steps: that waiter would never be woken.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar

from ..catalog import text
from ..exceptions import StreamInterruptedError
from ..user_stacklevel import remember_user_line
from .call import CANCEL_SECONDS
from .loop import ThreadEvent
from .loop_refcount import LoopRef

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CAPACITY = 1024
"""How many items wait for the thread at most; while they do, the source is not read."""
RESUME_THRESHOLD = 512
"""At how many waiting items the source is read again; below `CAPACITY`, so that the task is not woken for every single item."""


class Source(Protocol[T_co]):
    """An async iterator that can be cancelled and closed."""

    def __aiter__(self) -> AsyncIterator[T_co]:
        """Iterates over the items."""
        ...

    def cancel(self) -> None:
        """Ends the iteration at once; idempotent."""
        ...

    async def close(self) -> None:
        """Ends the iteration and waits until all is closed; idempotent."""
        ...


class Pump(Generic[T]):
    """The items of `source`, taken by a thread; a `loop.Waiter`.

    The source is read from the first `take` on; one thread at a time may take. `acquire_loop` gives a reference to the loop,
    which is held while the source is being read.
    """

    def __init__(self, source: Source[T], acquire_loop: Callable[[], LoopRef]) -> None:
        self._source = source
        self._acquire_loop = acquire_loop
        self._loop_ref: LoopRef | None = None
        self._thread = acquire_loop().thread
        self._items = deque[T]()
        self._error: BaseException | None = None
        self._item_waiters = deque[ThreadEvent]()
        self._space_waiters = deque[asyncio.Future[None]]()
        self._task: asyncio.Task[None] | None = None
        self._is_started = False
        self._has_ended = False
        self._belongs_to_parent = False
        self._is_draining = False
        self._stopped = threading.Event()

    # -- in the thread that takes --------------------------------------------------------------------------------------------

    def take(self) -> T:
        """The next item; raises `StopIteration` at the end, or the error that ended the source, once.

        An exception that interrupts the wait, such as `KeyboardInterrupt`, cancels the pump and is raised when that has ended, at
        the latest after `call.CANCEL_SECONDS`.
        """
        while True:
            has_ended = self._has_ended  # read before the items, so that none that came before the end is missed
            try:
                item = self._items.popleft()
            except IndexError:
                pass
            else:
                if self._space_waiters and len(self._items) <= RESUME_THRESHOLD:
                    self._wake_space_waiters()
                return item
            if has_ended:
                break
            self._wait_for_item()
        error, self._error = self._error, None
        if self._belongs_to_parent:
            error = StreamInterruptedError(text("answer_of_parent_process"))
        if error is None:
            raise StopIteration
        try:
            raise error
        finally:
            del error  # its traceback refers to this frame: without this they would form a cycle

    def _wait_for_item(self) -> None:
        """Waits until there is an item, or the end."""
        self._thread.ensure_other_thread()
        try:
            self._start_once()
            # A signal handler may call `take` while its thread waits here: the next item ends both waits, and both check again.
            event = ThreadEvent()
            self._item_waiters.append(event)
            if not self._items and not self._has_ended:
                self._thread.wait(event)
        except BaseException:
            self.cancel()
            self.wait()
            raise

    def _start_once(self) -> None:
        if self._thread.belongs_to_parent:
            self.on_fork()
        elif not self._is_started:
            self._loop_ref = self._acquire_loop()
            self._thread = self._loop_ref.thread
            self._thread.waiters.add(self)
            self._is_started = True
            try:
                with remember_user_line():
                    self._thread.post(self._start)
            except RuntimeError:  # the loop is closed
                self.on_loop_closed()

    def _wake_space_waiters(self) -> None:
        while (space := _pop(self._space_waiters)) is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._thread.post(functools.partial(_resolve, space))

    # -- in any thread -------------------------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether anything of it may still run in the loop."""
        return self._is_started and self._thread.is_usable and not self._stopped.is_set()

    def cancel(self) -> None:
        """Ends it at once, and drops the items that were not taken; idempotent."""
        self._discard()
        if self._thread.belongs_to_parent:
            return
        if not self._is_started:
            self._source.cancel()
        elif self.is_running:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and the source with it
                self._thread.post(self._stop)

    def drain(self) -> None:
        """Lets the source be read to its end without waiting for space; for a source that is about to end."""
        self._is_draining = True
        self._wake_space_waiters()

    def wait(self) -> None:
        """Waits until nothing of it runs in the loop, at most `call.CANCEL_SECONDS`; not in the loop's own thread."""
        if self.is_running and not self._thread.is_current_thread:
            self._stopped.wait(CANCEL_SECONDS)

    def on_loop_closed(self) -> None:
        """See `loop.Waiter`."""
        if not self._has_ended:
            self._error = StreamInterruptedError(text("program_ended"))
        self._mark_ended()
        self._mark_stopped()

    def on_fork(self) -> None:
        """See `loop.Waiter`; `take` raises from now on, because only the parent process can read the source."""
        self._items = deque[T]()
        self._item_waiters, self._space_waiters = deque[ThreadEvent](), deque[asyncio.Future[None]]()
        self._has_ended = self._belongs_to_parent = True

    # -- in the loop ---------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Closes the source and ends the task; idempotent."""
        self._discard()
        await self._source.close()
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.wait([task])

    def _start(self) -> None:
        if self._has_ended:  # it was cancelled before the loop came to this step
            self._mark_stopped()
        elif self._thread.is_usable:
            self._task = self._thread.loop.create_task(self._run())
            self._task.add_done_callback(self._on_task_done)
        else:
            self.on_loop_closed()

    async def _run(self) -> None:
        # Bound once, because this loop runs once per item; what comes after `_discard` goes to the discarded deque.
        items, item_waiters = self._items, self._item_waiters
        async for item in self._source:
            items.append(item)
            if item_waiters:
                self._wake_item_waiters()
            if len(items) >= CAPACITY:
                await self._wait_for_space(items)

    async def _wait_for_space(self, items: deque[T]) -> None:
        space = self._thread.loop.create_future()
        self._space_waiters.append(space)
        if len(items) > RESUME_THRESHOLD and not self._is_draining:
            await space

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._task = None  # its exception's traceback refers to this pump: without this they would form a cycle
        if task.cancelled():
            self._source.cancel()
            self.on_loop_closed()
            return
        error = task.exception()
        if not self._has_ended:
            self._error = error
        self._mark_ended()
        self._mark_stopped()

    def _stop(self) -> None:
        self._source.cancel()
        if self._task is None:
            self._mark_stopped()
        else:
            self._task.cancel()

    def _discard(self) -> None:
        self._items, self._error = deque[T](), None
        self._mark_ended()

    def _mark_stopped(self) -> None:
        self._thread.waiters.discard(self)
        self._loop_ref = None
        self._stopped.set()

    def _mark_ended(self) -> None:
        self._has_ended = True
        self._wake_item_waiters()

    def _wake_item_waiters(self) -> None:
        while (event := _pop(self._item_waiters)) is not None:
            self._thread.wake(event)


def _pop(waiters: deque[T]) -> T | None:
    """Removes and returns the first waiter; None without any, also if another thread removes the last one meanwhile."""
    try:
        return waiters.popleft()
    except IndexError:
        return None


def _resolve(space: asyncio.Future[None]) -> None:
    if not space.done():
        space.set_result(None)
