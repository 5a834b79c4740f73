"""One coroutine that runs in the loop while a thread waits for its result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from ..catalog import text
from ..exceptions import APIConnectionError
from .loop import LoopThread, ThreadEvent

T = TypeVar("T")

CANCEL_SECONDS = 2.0
"""How long an interrupted thread waits at most for its cancelled coroutine to end."""


class Call(Generic[T]):
    """Runs `work` in the loop of `thread`; a `loop.Waiter`."""

    def __init__(self, work: Coroutine[Any, Any, T], thread: LoopThread) -> None:
        self._work = work
        self._thread = thread
        self._done = ThreadEvent()
        self._task: asyncio.Task[None] | None = None
        self._result: T | None = None
        self._error: BaseException | None = None
        self._has_begun = False
        self._is_done = False
        # The `__notes__` that the work added to its CancelledError.
        self._notes: Sequence[str] = ()

    def result(self) -> T:
        """The coroutine's result; raises what it raises.

        An exception that interrupts the wait, such as `KeyboardInterrupt`, cancels the coroutine and is raised when that has
        ended, at the latest after `CANCEL_SECONDS`.
        """
        self._thread.waiters.add(self)
        try:
            self._post(self._start)
            self._thread.wait(self._done)
        except BaseException as interruption:
            self._post(self._cancel)
            if not self._is_done:
                self._done.wait(CANCEL_SECONDS)
            for note in self._notes:
                interruption.add_note(note)
            raise
        error, self._error = self._error, None
        if error is None:
            return self._result  # type: ignore[return-value]  # without an error there is a result, and it may be None
        try:
            raise error
        finally:
            del error  # its traceback refers to this frame: without this they would form a cycle

    def on_loop_closed(self) -> None:
        """See `loop.Waiter`."""
        self._work.close()
        self._end(asyncio.CancelledError())

    def on_fork(self) -> None:
        """See `loop.Waiter`; does nothing, because the waiting thread exists in the parent process only."""

    def _post(self, step: Callable[[], object]) -> None:
        try:
            self._thread.post(step)
        except RuntimeError:  # the loop is closed
            self.on_loop_closed()

    def _start(self) -> None:
        if self._thread.is_usable:
            self._task = self._thread.loop.create_task(self._run())
        else:
            self.on_loop_closed()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            if not self._has_begun:  # a task that is cancelled before its first step never calls `_run`
                self.on_loop_closed()

    async def _run(self) -> None:
        self._has_begun = True
        try:
            self._result = await self._work
        except BaseException as error:  # noqa: BLE001 (the waiting thread raises it; not even SystemExit may end the loop)
            self._end(error)
        else:
            self._end(None)

    def _end(self, error: BaseException | None) -> None:
        if self._is_done:
            return
        if isinstance(error, asyncio.CancelledError):
            self._notes = getattr(error, "__notes__", ())
            error = APIConnectionError(text("client_closed"), request_sent=True)
        self._error, self._is_done = error, True
        self._thread.waiters.discard(self)
        self._thread.wake(self._done)
