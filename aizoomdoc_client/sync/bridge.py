"""One client's way into the loop."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from ..user_stacklevel import remember_user_line
from .call import Call
from .loop_refcount import LoopRef, end_if_unused, lease

T = TypeVar("T")


class OpenAnswer(Protocol):
    """An answer that is being read, seen from its client."""

    def hurry(self) -> None:
        """Comes to the end, since the connection is closed."""
        ...

    def wait(self) -> None:
        """Waits until nothing of it is left in the loop, but not for long."""
        ...


class Bridge:
    """Runs coroutines of the async client for threads. Clients that share their connections share one.

    `close` closes those connections. Those of a bridge that is dropped are closed by whoever opened them, at the loop's end if
    not before.
    """

    def __init__(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._close = close
        self._lease: LoopRef | None = None
        self._open = set[weakref.ref[OpenAnswer]]()

    def lease(self) -> LoopRef:
        """A lease on the loop; raises `RuntimeError` in the loop's own thread."""
        held = self._lease
        if held is None or not held.thread.is_usable:
            held = self._lease = lease()
        held.thread.forbid_here()
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
        with remember_user_line():
            return Call(work, held.thread).result()

    def watch(self, answer: OpenAnswer) -> None:
        """Waits for the end of `answer` when the client is closed."""
        self._open.add(weakref.ref(answer, self._open.discard))

    def close(self) -> None:
        """Closes the connections, ends all that is read over them, and the loop, thread and all, unless others need it."""
        held = self._lease
        if held is None or not held.thread.is_usable:
            # Nothing was opened; or the loop took it along, or stayed with the parent process.
            self._lease = None
            return
        thread = held.thread
        self.run(self._close())
        answers = [answer for found in tuple(self._open) if (answer := found()) is not None]
        for answer in answers:
            answer.hurry()
        for answer in answers:
            answer.wait()
        held = self._lease = None
        if end_if_unused(thread):
            thread.join()
