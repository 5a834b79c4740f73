"""A pump hands items over to a thread in order, completely and bounded, and its thread never sleeps while there is an item."""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator

import pytest

from aizoomdoc_client.sync import pump as pump_module
from aizoomdoc_client.sync.bridge import Bridge
from aizoomdoc_client.sync.pump import Pump
from tests.sync.signals import handled
from tests.sync.sources import Fed, Numbers, Silence, taken


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A capacity so small that both sides wait for each other all the time."""
    monkeypatch.setattr(pump_module, "CAPACITY", 4)
    monkeypatch.setattr(pump_module, "RESUME_THRESHOLD", 2)


@pytest.fixture
def _frequent_switches() -> Iterator[None]:
    """Threads are switched as often as the interpreter can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_all_items_come_in_order(bridge: Bridge) -> None:
    """`take` returns the items of the source in order, and then raises the end."""
    pump = Pump(Numbers(5000), bridge.acquire_loop)

    assert list(range(1, 5001)) == taken(pump.take)


def test_the_end_is_final(bridge: Bridge) -> None:
    """After the end each `take` raises the end again."""
    pump = Pump(Numbers(1), bridge.acquire_loop)

    assert ([1], [], []) == (taken(pump.take), taken(pump.take), taken(pump.take))


def test_an_error_comes_after_the_items_before_it_and_once(bridge: Bridge) -> None:
    """The source's own error object is raised when all items before it were taken; then the pump has ended."""
    error = ValueError("torn")
    pump = Pump(Numbers(3, error=error), bridge.acquire_loop)

    before = taken(pump.take, 3)
    with pytest.raises(ValueError, match="torn") as raised:
        pump.take()

    assert ([1, 2, 3], True, []) == (before, raised.value is error, taken(pump.take))


def test_an_error_keeps_its_cause(bridge: Bridge) -> None:
    """Handing an error over changes neither its cause nor its context."""
    error, cause = ValueError("torn"), KeyError("why")
    error.__cause__ = cause
    pump = Pump(Numbers(0, error=error), bridge.acquire_loop)

    with pytest.raises(ValueError, match="torn") as raised:
        pump.take()

    assert (cause, None) == (raised.value.__cause__, raised.value.__context__)


def test_nothing_is_read_before_the_first_take(bridge: Bridge) -> None:
    """A pump without a `take` does not read its source."""
    source = Numbers(3)
    pump = Pump(source, bridge.acquire_loop)
    bridge.run(_rounds(10))

    assert 0 == source.given
    pump.cancel()


@pytest.mark.usefixtures("_small")
def test_a_slow_thread_stops_the_reading(bridge: Bridge) -> None:
    """The source is not read beyond the capacity until the thread has taken items; no item is lost."""
    source = Numbers(100)
    pump = Pump(source, bridge.acquire_loop)
    first = pump.take()
    bridge.run(_rounds(50))
    ahead = source.given

    assert (1, True) == (first, ahead <= 1 + 2 * 4)
    assert list(range(2, 101)) == taken(pump.take)


@pytest.mark.usefixtures("_small", "_frequent_switches")
def test_no_wake_up_is_lost(bridge: Bridge) -> None:
    """With both sides waiting as often as possible, every item arrives in all interleavings of a second."""
    dice = random.Random(7)
    end = time.monotonic() + 1.5
    rounds = 0
    while time.monotonic() < end:
        pump = Pump(Numbers(200, rests=lambda: dice.choice((0, 0, 0, 1, 2))), bridge.acquire_loop)
        assert list(range(1, 201)) == taken(pump.take)
        rounds += 1
    assert rounds > 1


def test_nothing_is_lost_at_the_end(bridge: Bridge) -> None:
    """An item and the end that come right after the thread found the deque empty are both seen, in this order."""
    pump = Pump(Numbers(0), bridge.acquire_loop)

    class LateItems(deque[int]):
        def popleft(self) -> int:
            try:
                return super().popleft()
            except IndexError:
                if not pump._has_ended:
                    self.append(1)
                    pump._mark_ended()
                raise

    pump._items = LateItems()

    assert [1] == taken(pump.take)


@pytest.mark.usefixtures("_small", "_frequent_switches")
def test_cancelling_never_leaves_a_reader_asleep(bridge: Bridge) -> None:
    """A thread that waits in `take` returns when another one cancels."""
    for given in range(60):
        pump = Pump(Silence(given % 7), bridge.acquire_loop)
        reader = threading.Thread(target=taken, args=(pump.take,))
        reader.start()
        for _ in range(given * 5):
            pass
        pump.cancel()
        reader.join(5)
        assert not reader.is_alive()


def test_cancelling_drops_what_was_read_ahead(bridge: Bridge) -> None:
    """After `cancel` the next `take` raises the end, whatever items were left."""
    source = Silence(100)
    pump = Pump(source, bridge.acquire_loop)
    pump.take()
    pump.cancel()
    after = taken(pump.take)
    pump.wait()

    assert ([], True, True) == (after, source.cancelled > 0, not pump.is_running)


@pytest.mark.parametrize("source", [Numbers(100), Numbers(100, error=ValueError("torn"))], ids=["ended", "failed"])
def test_cancelling_drops_items_of_a_source_that_ended(bridge: Bridge, source: Numbers) -> None:
    """After `cancel` no remaining item, and no error, is handed over."""
    pump = Pump(source, bridge.acquire_loop)
    pump.take()
    pump._stopped.wait(5)
    pump.cancel()

    assert [] == taken(pump.take)


def test_closing_closes_the_source(bridge: Bridge) -> None:
    """`close` closes the source and ends the task; it is idempotent."""
    source = Silence(1)
    pump = Pump(source, bridge.acquire_loop)
    pump.take()
    bridge.run(pump.close())
    bridge.run(pump.close())

    assert (2, True, []) == (source.closed, not pump.is_running, taken(pump.take))


def test_a_pump_that_was_never_read_can_be_closed(bridge: Bridge) -> None:
    """Closing before the first take closes the source and starts nothing."""
    source = Numbers(1)
    pump = Pump(source, bridge.acquire_loop)
    bridge.run(pump.close())

    assert (1, 0, []) == (source.closed, source.given, taken(pump.take))


def test_a_signal_handler_may_take_while_its_thread_waits(bridge: Bridge) -> None:
    """A handler that takes during a `take` gets the next item, and the interrupted `take` goes on waiting."""
    source = Fed()
    pump = Pump(source, bridge.acquire_loop)
    inside = list[int]()

    def handler(*_: object) -> None:
        feeder.start()
        inside.append(pump.take())

    feeder = threading.Thread(target=lambda: [bridge.run(source.feed(item)) for item in (1, 2)])
    with handled(signal.SIGALRM, handler):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        outside = pump.take()
    feeder.join()
    pump.cancel()

    assert [1, 2] == sorted([outside, *inside])


def test_a_finished_pump_needs_no_loop(bridge: Bridge) -> None:
    """A pump that has ended holds no reference to the loop, so that its thread can end."""
    pump = Pump(Numbers(3), bridge.acquire_loop)
    thread = bridge.acquire_loop().thread
    taken(pump.take)
    pump.wait()
    del bridge._loop_ref
    thread.join()

    assert (True, True) == (thread.has_ended, not pump.is_running)
    bridge._loop_ref = None


def test_a_dropped_pump_leaves_no_cycle(bridge: Bridge) -> None:
    """A dropped pump is freed at once, without the garbage collector."""
    gc.disable()
    try:
        pump = Pump(Numbers(3, error=ValueError("torn")), bridge.acquire_loop)
        taken(pump.take, 3)
        with pytest.raises(ValueError, match="torn"):
            pump.take()
        pump.wait()
        bridge.run(_rounds(3))
        reference = weakref.ref(pump)
        del pump
        assert reference() is None
    finally:
        gc.enable()


async def _rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
