"""One client's way into the loop: plain calls, and the answers that are open."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

from ..exceptions import APIConnectionError
from .bell import Bell
from .loop import Lease, LoopThread, lease

T = TypeVar("T")

CANCEL_SECONDS = 2.0
"""How long a thread that is interrupted waits for what it was waiting for to end properly."""


class Cancellable(Protocol):
    """An open answer, seen from its client."""

    def cancel(self) -> None:
        """Breaks it off, at once."""
        ...

    def wait(self) -> None:
        """Waits until nothing of it is left in the loop, but not for long."""
        ...


class Bridge:
    """Runs coroutines of the async client for threads. Clients that share their connections share one."""

    def __init__(self) -> None:
        self._lease: Lease | None = None
        self._open = set[weakref.ref[Cancellable]]()

    def lease(self) -> Lease:
        """A lease on the loop; raises `RuntimeError` in the loop's own thread, which would wait for itself for ever."""
        held = self._lease
        if held is None or not held.thread.is_usable:
            held = self._lease = lease()
        forbid_own_thread(held.thread)
        return held

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, done in the loop; raises what it raises.

        Whatever interrupts the wait, such as Ctrl-C, cancels `work` and is raised once that has ended, or after two seconds.
        """
        try:
            held = self.lease()
        except BaseException:
            work.close()
            raise
        return Call(work).run(held.thread)

    def watch(self, answer: Cancellable) -> None:
        """Cancels `answer` when the client is closed."""
        self._open.add(weakref.ref(answer, self._open.discard))

    def close(self, work: Coroutine[Any, Any, None]) -> None:
        """Breaks off all open answers, runs `work`, and ends the loop, thread and all, unless somebody else needs it."""
        answers = [answer for found in tuple(self._open) if (answer := found()) is not None]
        for answer in answers:
            answer.cancel()
        self.run(work)
        for answer in answers:
            answer.wait()
        held, self._lease = self._lease, None
        thread = held.thread if held else None
        del held
        if thread is not None and thread.end_if_unused():
            thread.join()


class Call(Generic[T]):
    """A coroutine on its way through the loop; a guest of the loop."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work
        self._bell = Bell()
        self._task: asyncio.Task[None] | None = None
        self._result: T | None = None
        self._error: BaseException | None = None
        self._done = False

    def run(self, thread: LoopThread) -> T:
        """The coroutine's result."""
        thread.guests.add(self)
        try:
            self._post(thread, lambda: self._start(thread))
            self._bell.wait()
        except BaseException:
            self._cancel(thread)
            raise
        return self._outcome()

    def stranded(self) -> None:
        """See `loop.Guest`."""
        self._work.close()
        self._error = self._error or asyncio.CancelledError()
        self._bell.ring()

    def forked(self) -> None:
        """See `loop.Guest`: the thread that waits for it stayed with the parent."""

    def _post(self, thread: LoopThread, step: Callable[[], object]) -> None:
        try:
            thread.post(step)
        except RuntimeError:  # the loop is closed
            self.stranded()

    def _start(self, thread: LoopThread) -> None:
        if thread.is_usable:
            self._task = thread.loop.create_task(self._finish(thread))
        else:
            self.stranded()

    async def _finish(self, thread: LoopThread) -> None:
        try:
            self._result = await self._work
            self._done = True
        except BaseException as error:  # noqa: BLE001 (the thread that waits raises it; even SystemExit must not end the loop)
            self._error = error
        thread.guests.discard(self)
        self._bell.ring()

    def _cancel(self, thread: LoopThread) -> None:
        self._post(thread, lambda: self._task and self._task.cancel())
        self._bell.wait_for(CANCEL_SECONDS)

    def _outcome(self) -> T:
        error, self._error = self._error, None
        if error is None:
            return self._result  # type: ignore[return-value]  # without an error there is a result, even if it is None
        try:
            if isinstance(error, asyncio.CancelledError):
                raise APIConnectionError("The client was closed while this call was on its way", request_sent=True) from None
            raise error
        finally:
            # The error knows this frame by its traceback: nothing here may know the error.
            del error


def forbid_own_thread(thread: LoopThread) -> None:
    """Raises `RuntimeError` in the loop's own thread."""
    if thread.is_here:
        raise RuntimeError(
            "This is the client's own event loop, as in a progress callback: a call from here would wait for itself. "
            "Use the client from another thread"
        )
