"""In every order of steps that two preemptions give, a pump's thread and task hand over all items, and no wake-up is lost."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from types import CodeType, FunctionType
from typing import Any

import attrs
import pytest

from aizoomdoc_client.sync import pump as pump_module
from aizoomdoc_client.sync.loop import ThreadEvent
from aizoomdoc_client.sync.pump import Pump
from tests.sync.interleaver import DeadlockError, Interleaver, code_of, orders
from tests.sync.sources import Numbers, taken

CODES = [
    *code_of(
        Pump,
        "take",
        "_wait_for_item",
        "_wake_space_waiters",
        "_run",
        "_wait_for_space",
        "_wake_item_waiters",
        "_mark_ended",
        "drain",
    ),
    pump_module._pop.__code__,
]


class FakeFuture:
    """A future that needs no event loop."""

    def __init__(self) -> None:
        self._is_done = False

    def done(self) -> bool:
        return self._is_done

    def set_result(self, _: None) -> None:
        self._is_done = True

    def __await__(self) -> Generator[FakeFuture]:
        if not self._is_done:
            yield self


@attrs.define(eq=False)
class FakeLoopThread:
    """A `LoopThread` whose waiting is controlled by an interleaver; it stands in for the loop and the `LoopRef`, too."""

    interleaver: Interleaver = attrs.field(init=False)
    waiters: set[object] = attrs.field(factory=set[object])
    is_usable: bool = True
    belongs_to_parent: bool = False
    is_current_thread: bool = False

    @property
    def thread(self) -> FakeLoopThread:
        return self

    @property
    def loop(self) -> FakeLoopThread:
        return self

    def create_future(self) -> FakeFuture:
        return FakeFuture()

    def ensure_other_thread(self) -> None:
        pass

    def post(self, step: Callable[[], object]) -> None:
        step()

    def wait(self, event: ThreadEvent) -> None:
        self.interleaver.wait(lambda: not event._lock.locked())

    def wake(self, event: ThreadEvent) -> None:
        event.set()


@attrs.frozen
class FinishedTask:
    """A task that ended without an error."""

    def cancelled(self) -> bool:
        return False

    def exception(self) -> None:
        return None


@attrs.define
class Handover:
    """A pump of class `kind` that hands over `numbers` numbers; with `is_drained` its reader calls `drain` after the first."""

    numbers: int
    kind: type[Pump[int]] = Pump
    is_drained: bool = False
    got: list[int] = attrs.field(factory=list[int])

    def run(self, preempted: Sequence[int]) -> int:
        """Runs one order of steps and checks that all numbers arrive in order; returns the number of steps."""
        thread: Any = FakeLoopThread()
        pump = self.kind(Numbers(self.numbers), lambda: thread)
        pump._is_started = True
        self.got.clear()
        interleaver = thread.interleaver = Interleaver(
            lambda: self._take(pump), lambda: self._feed(pump, thread.interleaver), self._codes
        )
        interleaver.run(preempted)
        assert list(range(1, self.numbers + 1)) == self.got
        return interleaver.steps

    @property
    def _codes(self) -> Sequence[CodeType]:
        """The code whose instructions are steps: the methods that hand over, with those of a broken `kind`."""
        own = vars(self.kind).values() if self.kind is not Pump else ()
        return [*CODES, *(method.__code__ for method in own if isinstance(method, FunctionType))]

    def _take(self, pump: Pump[int]) -> None:
        if self.is_drained:
            self.got += taken(pump.take, 1)
            pump.drain()
        self.got += taken(pump.take)

    def _feed(self, pump: Pump[int], interleaver: Interleaver) -> None:
        running: Any = pump._run()
        while True:
            try:
                space = running.send(None)
            except StopIteration:
                break
            interleaver.wait(space.done)
        task: Any = FinishedTask()
        pump._on_task_done(task)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides have to wait often, and a thread that is not woken is not waited for."""
    for name, value in {"CAPACITY": 1, "RESUME_THRESHOLD": 0, "CANCEL_SECONDS": 0.0}.items():
        monkeypatch.setattr(pump_module, name, value)


def test_no_wake_up_is_lost() -> None:
    """Wherever the sides are preempted, twice, the number arrives and then the end; the capacity is one item."""
    assert 5000 < sum(1 for _ in orders(Handover(1).run, 2))


def test_no_wake_up_is_lost_while_the_pump_is_drained() -> None:
    """`drain`, which a thread that closes the client calls, and `take` may both wake the task."""
    assert 100 < sum(1 for _ in orders(Handover(3, is_drained=True).run, 1))


class ItemsCheckedFirst(Pump[int]):
    """Checks for items before it adds its waiter, and not again."""

    def _wait_for_item(self) -> None:
        event = ThreadEvent()
        if not self._items and not self._has_ended:
            self._item_waiters.append(event)
            self._thread.wait(event)


class WaitersReadThenCleared(Pump[int]):
    """Reads the waiters and clears them in two steps: a waiter that is added between them is lost."""

    def _wake_item_waiters(self) -> None:
        events = list(self._item_waiters)
        self._item_waiters.clear()
        for event in events:
            self._thread.wake(event)


class SpaceCheckedFirst(Pump[int]):
    """Checks for space before it adds its waiter, and not again."""

    async def _wait_for_space(self, items: Any) -> None:
        space: Any = self._thread.loop.create_future()
        if len(items) > pump_module.RESUME_THRESHOLD:
            self._space_waiters.append(space)
            await space


@pytest.mark.parametrize("kind", [ItemsCheckedFirst, WaitersReadThenCleared, SpaceCheckedFirst])
def test_a_wake_up_that_can_be_lost_is_found(kind: type[Pump[int]]) -> None:
    """Each of these faults leads to a deadlock in one of the orders."""
    with pytest.raises(DeadlockError):
        for _ in orders(Handover(1, kind).run, 2):
            pass
