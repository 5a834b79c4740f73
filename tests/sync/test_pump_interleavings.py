"""The hand-over between a pump's two sides in every order of their steps that two preemptions give: nobody sleeps for ever."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from types import CodeType, FunctionType
from typing import Any

import attrs
import pytest

from aizoomdoc_client.sync import pump as pump_module
from aizoomdoc_client.sync.loop import ThreadEvent
from aizoomdoc_client.sync.pump import Pump
from tests.sync.loom import AllAsleepError, Loom, code_of, orders
from tests.sync.sources import Numbers, taken

CODES = [
    *code_of(Pump, "take", "_sleep", "_make_room", "_run", "_wait_for_room", "_ring", "_say_over", "hurry"),
    pump_module._taken.__code__,
]


class Room:
    """A future of the loop that is not there."""

    def __init__(self) -> None:
        self._is_done = False

    def done(self) -> bool:
        return self._is_done

    def set_result(self, _: None) -> None:
        self._is_done = True

    def __await__(self) -> Generator[Room]:
        if not self._is_done:
            yield self


@attrs.define(eq=False)
class Thread:
    """What a pump needs of its loop's thread, in step; a lease and a loop as well."""

    loom: Loom = attrs.field(init=False)
    guests: set[object] = attrs.field(factory=set[object])
    is_usable: bool = True
    is_foreign: bool = False
    is_here: bool = False

    @property
    def thread(self) -> Thread:
        return self

    @property
    def loop(self) -> Thread:
        return self

    def create_future(self) -> Room:
        return Room()

    def forbid_here(self) -> None:
        pass

    def post(self, step: Callable[[], object]) -> None:
        step()

    def wait(self, bell: ThreadEvent) -> None:
        self.loom.wait(lambda: not bell._lock.locked())

    def wake(self, bell: ThreadEvent) -> None:
        bell.ring()


@attrs.frozen
class Ended:
    """A task that came to its end."""

    def cancelled(self) -> bool:
        return False

    def exception(self) -> None:
        return None


@attrs.define
class Handover:
    """A pump of `kind` with so many numbers to hand over; when it `is_hurried`, its reader goes once it has the first."""

    numbers: int
    kind: type[Pump[int]] = Pump
    is_hurried: bool = False
    got: list[int] = attrs.field(factory=list[int])

    def run(self, preempted: Sequence[int]) -> int:
        """One order of steps, in which all must arrive; how many steps there were."""
        thread: Any = Thread()
        pump = self.kind(Numbers(self.numbers), lambda: thread)
        pump._is_started = True
        self.got.clear()
        thread.loom = Loom(lambda: self._take(pump), lambda: self._feed(pump, thread.loom), self._codes)
        thread.loom.run(preempted)
        assert list(range(1, self.numbers + 1)) == self.got
        steps: int = thread.loom.steps
        return steps

    @property
    def _codes(self) -> Sequence[CodeType]:
        """What is taken step by step: the methods that hand over, those of a broken `kind` too."""
        own = vars(self.kind).values() if self.kind is not Pump else ()
        return [*CODES, *(method.__code__ for method in own if isinstance(method, FunctionType))]

    def _take(self, pump: Pump[int]) -> None:
        if self.is_hurried:
            self.got += taken(pump.take, 1)
            pump.hurry()
        self.got += taken(pump.take)

    def _feed(self, pump: Pump[int], loom: Loom) -> None:
        running: Any = pump._run()
        while True:
            try:
                room = running.send(None)
            except StopIteration:
                break
            loom.wait(room.done)
        task: Any = Ended()
        pump._finished(task)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides wait for each other, and whoever was left asleep is not waited for."""
    for name, value in {"FULL": 1, "ROOM": 0, "CANCEL_SECONDS": 0.0}.items():
        monkeypatch.setattr(pump_module, name, value)


def test_nobody_is_left_asleep() -> None:
    """Whichever side is held up wherever, twice, the number arrives, and then the end; there is room for one at a time."""
    assert 5000 < sum(1 for _ in orders(Handover(1).run, 2))


def test_nobody_is_left_asleep_when_the_reading_is_hurried() -> None:
    """Room that is made by whoever closes the client, while the thread makes some, too, is room."""
    assert 100 < sum(1 for _ in orders(Handover(3, is_hurried=True).run, 1))


class ForgetfulPump(Pump[int]):
    """Looks for items before it says that it is going to sleep, and not again."""

    def _sleep(self) -> None:
        bell = ThreadEvent()
        if not self._items and not self._is_over:
            self._bells.append(bell)
            self._thread.wait(bell)


class CarelessPump(Pump[int]):
    """Clears the name of who sleeps after it has read it: another one may stand there by then."""

    def _ring(self) -> None:
        bells = list(self._bells)
        self._bells.clear()
        for bell in bells:
            self._thread.wake(bell)


class LatePump(Pump[int]):
    """Waits for room without looking again."""

    async def _wait_for_room(self, items: Any) -> None:
        room: Any = self._thread.loop.create_future()
        if len(items) > pump_module.ROOM:
            self._rooms.append(room)
            await room


@pytest.mark.parametrize("kind", [ForgetfulPump, CarelessPump, LatePump])
def test_a_wakening_that_can_be_missed_is_found(kind: type[Pump[int]]) -> None:
    """The orders hold one in which it is missed."""
    with pytest.raises(AllAsleepError):
        for _ in orders(Handover(1, kind).run, 2):
            pass
