"""Calls through the loop: their results and errors, their interruption, and from which threads they work."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import signal
import threading
import time
import traceback
import weakref
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

import pytest

from aizoomdoc_client import APIConnectionError
from aizoomdoc_client.sync.bridge import Bridge
from aizoomdoc_client.sync.loop import LoopThread, ThreadEvent, Waiter
from tests.sync.signals import handled, interrupted_once


async def give(value: object) -> object:
    return value


async def fail(error: BaseException) -> None:
    raise error


class WaitingForEver:
    """A coroutine that waits for ever; `was_cancelled` tells whether it was cancelled."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.was_cancelled = False

    async def run(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


def test_a_call_returns_what_the_coroutine_returns(bridge: Bridge) -> None:
    """The result is the same object; None works, too."""
    value = object()

    assert (value, None) == (bridge.run(give(value)), bridge.run(give(None)))


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, StopIteration])
def test_a_call_raises_the_same_error_object(bridge: Bridge, kind: type[BaseException]) -> None:
    """The error object is the coroutine's own, and not even SystemExit ends the loop."""
    error = kind("what")
    if kind is StopIteration:
        error = asyncio.InvalidStateError("what")

    with pytest.raises(type(error)) as raised:
        bridge.run(fail(error))

    assert (True, 1) == (raised.value is error, bridge.run(give(1)))


def test_the_traceback_shows_both_sides(bridge: Bridge) -> None:
    """The traceback has the caller's frames and those of the coroutine in the loop."""
    with pytest.raises(ValueError, match="torn") as raised:
        bridge.run(fail(ValueError("torn")))
    functions = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]

    assert ("test_the_traceback_shows_both_sides", "fail") == (functions[0], functions[-1])


def test_a_failed_call_leaves_no_cycle(bridge: Bridge) -> None:
    """An error that was handled is freed at once, with all objects in its frames."""

    class Marker:
        pass

    async def work(marker: object) -> None:
        raise ValueError(marker)

    gc.disable()
    try:
        marker = Marker()
        reference = weakref.ref(marker)
        try:
            bridge.run(work(marker))
        except ValueError:
            del marker
        bridge.run(give(1))  # until then the loop refers to the last step of the previous call
        assert reference() is None
    finally:
        gc.enable()


def test_the_coroutine_sees_the_callers_context(bridge: Bridge) -> None:
    """The coroutine sees the context variables of the calling thread, as tracing libraries expect."""
    request = contextvars.ContextVar("request", default="none")

    async def look() -> str:
        return request.get()

    request.set("mine")
    assert "mine" == bridge.run(look())


def test_ctrl_c_cancels_the_call(bridge: Bridge) -> None:
    """KeyboardInterrupt is raised after the coroutine was cancelled and has ended."""
    waiter = WaitingForEver()
    with pytest.raises(KeyboardInterrupt), interrupted_once(waiter.began.wait):
        bridge.run(waiter.run())

    assert (True, 1) == (waiter.was_cancelled, bridge.run(give(1)))


def test_an_exception_of_a_signal_handler_cancels_the_call(bridge: Bridge) -> None:
    """Any exception of a handler has the same effect as Ctrl-C, for instance a timeout by SIGALRM."""
    waiter = WaitingForEver()

    def handler(*_: object) -> None:
        raise TimeoutError("enough")

    with handled(signal.SIGALRM, handler):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(TimeoutError, match="enough"):
            bridge.run(waiter.run())

    assert waiter.was_cancelled


def test_ctrl_c_does_not_wait_long_for_a_stubborn_coroutine(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A coroutine that goes on after it was cancelled delays KeyboardInterrupt by `CANCEL_SECONDS` at most."""
    monkeypatch.setattr("aizoomdoc_client.sync.call.CANCEL_SECONDS", 0.1)
    waiter, release = WaitingForEver(), threading.Event()

    async def stubborn() -> None:
        try:
            await waiter.run()
        finally:
            while not release.is_set():  # noqa: ASYNC110 (it waits for a thread)
                await asyncio.sleep(0.01)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interrupted_once(waiter.began.wait):
        bridge.run(stubborn())
    took = time.monotonic() - began
    release.set()

    assert took < 2


def test_a_call_from_inside_a_running_loop_works(bridge: Bridge) -> None:
    """A call works in a thread whose own loop is running, as in a notebook."""

    async def cell() -> object:
        return bridge.run(give(7))

    assert 7 == asyncio.run(cell())


def test_a_call_from_the_loops_own_thread_raises(bridge: Bridge) -> None:
    """Instead of a deadlock there is a RuntimeError, and no coroutine is left unawaited."""

    async def callback() -> None:
        bridge.run(give(1))

    with pytest.raises(RuntimeError, match="the client's own event loop"):
        bridge.run(callback())


def test_many_threads_call_at_once(bridge: Bridge) -> None:
    """Each of 16 threads gets its own results."""
    found = list[list[object]]()

    def work(number: int) -> None:
        found.append([bridge.run(give((number, call))) for call in range(50)])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [[(number, call) for call in range(50)] for number in range(16)]


def test_a_call_whose_loop_ends_raises(bridge: Bridge) -> None:
    """If the loop ends during a call, the call raises APIConnectionError, and the next call starts a new loop."""
    waiter = WaitingForEver()
    thread = bridge.acquire_loop().thread

    def end() -> None:
        waiter.began.wait()
        thread.end()

    ender = threading.Thread(target=end)
    ender.start()
    with pytest.raises(APIConnectionError, match="client was closed"):
        bridge.run(waiter.run())
    ender.join()

    assert 1 == bridge.run(give(1))


def test_a_call_to_a_loop_that_has_ended_starts_another(bridge: Bridge) -> None:
    """After the loop has ended, the next call starts a new one."""
    first = bridge.acquire_loop().thread
    first.end()
    first.join()

    assert (1, True) == (bridge.run(give(1)), bridge.acquire_loop().thread is not first)


def test_no_coroutine_is_left_when_no_loop_can_be_started(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of starting the loop is raised, and the coroutine is closed without a warning."""

    def refuse() -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("aizoomdoc_client.sync.bridge.acquire_loop", refuse)
    work: Coroutine[object, object, object] = give(1)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        bridge.run(work)
    del work
    gc.collect()


def test_a_call_that_is_interrupted_before_it_began_ends_at_once(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the loop is busy with something else: nothing of the coroutine runs, and the call does not wait for it."""
    thread, go_on = bridge.acquire_loop().thread, threading.Event()
    ends = list[bool]()

    def interrupted(_: ThreadEvent) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    class WatchedEvent(ThreadEvent):
        def wait(self, timeout: float) -> bool:
            go_on.set()
            ends.append(super().wait(timeout))
            return ends[-1]

    began = list[int]()

    async def work() -> None:
        began.append(1)

    monkeypatch.setattr("aizoomdoc_client.sync.call.ThreadEvent", WatchedEvent)
    monkeypatch.setattr(thread, "wait", interrupted)
    thread.post(go_on.wait)
    with pytest.raises(KeyboardInterrupt):
        bridge.run(work())

    assert ([], [True]) == (began, ends)


def test_the_loops_end_and_a_thread_may_both_remove_a_waiter() -> None:
    """A thread that finds the loop closed removes its waiter at the same moment as the loop does: neither raises."""
    thread = LoopThread()

    class Leaving(set[Waiter]):
        def pop(self) -> Waiter:
            self.clear()
            return super().pop()

    class IgnoringWaiter:
        def on_loop_closed(self) -> None:
            pass

        def on_fork(self) -> None:
            pass

    thread.waiters = Leaving([IgnoringWaiter()])
    thread.end()
    thread.join()

    assert thread.has_ended


class Numbers:
    """Numbers from 1 on; `given` is the last one, `closed` tells that the iteration was ended, `slow_end` holds that up."""

    def __init__(self, *, last: int = 3, slow_end: threading.Event | None = None) -> None:
        self.given = 0
        self.closed = False
        self.waiting = threading.Event()
        self._last = last
        self._slow_end = slow_end

    async def read(self) -> AsyncGenerator[int, None]:
        try:
            while self.given < self._last:
                self.given += 1
                yield self.given
            if self._slow_end is not None:
                self.waiting.set()
                await asyncio.Event().wait()
        finally:
            if self._slow_end is not None:
                await asyncio.to_thread(self._slow_end.wait)
            self.closed = True


def test_items_are_read_one_by_one(bridge: Bridge) -> None:
    """None is read before it is asked for."""
    numbers = Numbers()

    assert [(1, 1), (2, 2), (3, 3)] == [(number, numbers.given) for number in bridge.iterate(numbers.read())]
    assert numbers.closed


def test_an_iteration_that_is_left_is_closed(bridge: Bridge) -> None:
    """When the loop is left, not when garbage is collected."""
    numbers = Numbers()
    for _ in bridge.iterate(numbers.read()):
        break

    assert (1, True) == (numbers.given, numbers.closed)


def test_an_interrupted_read_is_raised_and_closes(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the read takes longer to end than a call waits for it: the closing waits on, and hides no KeyboardInterrupt."""
    monkeypatch.setattr("aizoomdoc_client.sync.call.CANCEL_SECONDS", 0.01)
    may_end = threading.Event()
    numbers = Numbers(last=0, slow_end=may_end)
    run = bridge.run

    def run_and_let_end(work: Coroutine[Any, Any, Any]) -> Any:
        if numbers.waiting.is_set():  # this is the call that closes
            bridge.post(may_end.set)
        return run(work)

    monkeypatch.setattr(bridge, "run", run_and_let_end)
    with interrupted_once(numbers.waiting.wait), pytest.raises(KeyboardInterrupt):
        list(bridge.iterate(numbers.read()))

    assert numbers.closed
