"""One client's way into the loop."""

from __future__ import annotations

import weakref
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from .call import Call
from .leases import Lease, end_if_unused, lease

T = TypeVar("T")


class Cancellable(Protocol):
    """An open answer, seen from its client."""

    def cancel(self) -> None:
        """Breaks it off at once."""
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
        return Call(work, held.thread).result()

    def watch(self, answer: Cancellable) -> None:
        """Breaks `answer` off when the client is closed."""
        self._open.add(weakref.ref(answer, self._open.discard))

    def close(self, work: Coroutine[Any, Any, None]) -> None:
        """Breaks off all open answers, runs `work`, and ends the loop, thread and all, unless somebody else needs it."""
        if self._lease is None or not self._lease.thread.is_usable:
            # Nothing was opened; or the loop took it along, or stayed with the parent process.
            self._lease = None
            work.close()
            return
        answers = [answer for found in tuple(self._open) if (answer := found()) is not None]
        for answer in answers:
            answer.cancel()
        self.run(work)
        for answer in answers:
            answer.wait()
        thread = self._lease.thread
        self._lease = None
        if end_if_unused(thread):
            thread.join()
