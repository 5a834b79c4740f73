"""Runs the coroutines of one async client for threads."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Protocol, TypeVar

from ..tracebacks import UserTraceback
from ..user_stacklevel import remember_user_line
from .call import Call
from .loop_refcount import LoopRef, acquire_loop, end_if_unused

T = TypeVar("T")


class OpenAnswer(Protocol):
    """An answer that is being read, as `Bridge.close` needs it."""

    def drain(self) -> None:
        """Reads the rest at once, without the limit on items read ahead; the connection is closed, so little is left."""
        ...

    def wait(self) -> None:
        """Waits until nothing of it runs in the loop, for a bounded time."""
        ...


class Bridge:
    """Runs coroutines of an async client in the background loop; clients that share their connections share one bridge.

    `close` is the async client's own. A bridge that is dropped unclosed needs no call of it: the connections are closed by the
    `Lifetime` that each of them has, at the latest when the loop ends.
    """

    def __init__(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._close = close
        self._loop_ref: LoopRef | None = None
        self._open = set[weakref.ref[OpenAnswer]]()

    def acquire_loop(self) -> LoopRef:
        """A reference to the loop, which is started if necessary; raises `RuntimeError` in the loop's own thread."""
        reference = self._usable_loop()
        reference.thread.ensure_other_thread()
        return reference

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which runs in the loop; raises what it raises.

        An exception that interrupts the wait, such as `KeyboardInterrupt`, cancels `work` and is raised when that has ended, at
        the latest after `call.CANCEL_SECONDS`.
        """
        try:
            reference = self.acquire_loop()
        except BaseException:
            work.close()
            raise
        with remember_user_line():
            return Call(work, reference.thread).result()

    def iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        """The items, each read in the loop when it is asked for: none is read ahead, as `Pump` does.

        Leaving the iteration closes `items`; after a read that was interrupted, once that has ended.
        """
        reading = asyncio.Lock()

        async def read_next() -> T:
            async with reading:
                return await anext(items)

        async def close() -> None:
            async with reading:
                if isinstance(items, AsyncGenerator):
                    await items.aclose()

        with UserTraceback():
            try:
                while True:
                    try:
                        item = self.run(read_next())
                    except StopAsyncIteration:
                        return
                    yield item
            finally:
                self.run(close())

    def post(self, step: Callable[[], object]) -> None:
        """Schedules `step` in the loop, and does not wait for it; from any thread, the loop's own included."""
        reference = self._usable_loop()  # held by a variable, so that the loop does not end before the step is scheduled
        reference.thread.post(step)

    def _usable_loop(self) -> LoopRef:
        reference = self._loop_ref
        if reference is None or not reference.thread.is_usable:
            reference = self._loop_ref = acquire_loop()
        return reference

    def watch(self, answer: OpenAnswer) -> None:
        """Makes `close` wait for the end of `answer`."""
        self._open.add(weakref.ref(answer, self._open.discard))

    def close(self) -> None:
        """Closes the connections and ends the answers that are read over them; ends the loop's thread if nothing else uses it."""
        reference = self._loop_ref
        if reference is None or not reference.thread.is_usable:
            # Nothing was opened, or the loop has ended and its connections with it, or this is a forked child.
            self._loop_ref = None
            return
        thread = reference.thread
        self.run(self._close())
        answers = [answer for found in tuple(self._open) if (answer := found()) is not None]
        for answer in answers:
            answer.drain()
        for answer in answers:
            answer.wait()
        reference = self._loop_ref = None
        if end_if_unused(thread):
            thread.join()
