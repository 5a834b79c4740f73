"""The loop is there while somebody needs it, and no longer."""

from __future__ import annotations

import gc
import threading

import pytest

from aizoomdoc_client.sync import loop_refcount
from aizoomdoc_client.sync.bridge import Bridge
from aizoomdoc_client.sync.loop_refcount import lease
from tests.sync.conftest import nothing
from tests.sync.test_bridge import give


def test_all_leases_are_on_one_loop() -> None:
    """A process has one loop for all its clients."""
    first, second = lease(), lease()

    assert first.thread is second.thread


def test_the_last_lease_ends_the_loop() -> None:
    """The thread ends when the last lease is dropped, and not before."""
    first, second = lease(), lease()
    thread = first.thread
    del first
    still = thread.is_usable
    del second
    thread.join()

    assert (True, True) == (still, thread.has_ended)


def test_a_loop_is_taken_up_again_before_it_ends() -> None:
    """A loop that was left by the last and found by the next before it noticed goes on."""
    held = lease()
    thread = held.thread
    gate = threading.Event()
    thread.post(gate.wait)  # the loop notices nothing meanwhile
    del held
    other = lease()
    gate.set()
    answer = Bridge(nothing)
    answer.run(give(1))

    assert (other.thread, True) == (thread, thread.is_usable)


def test_closing_the_last_bridge_waits_for_the_thread() -> None:
    """After `close` no thread is left, not even for a moment."""
    bridge = Bridge(nothing)
    bridge.run(give(1))
    thread = bridge.lease().thread
    bridge.close()

    assert thread.has_ended


def test_closing_one_of_two_bridges_leaves_the_loop() -> None:
    """Whoever else needs the loop keeps it."""
    first, second = Bridge(nothing), Bridge(nothing)
    for bridge in (first, second):
        bridge.run(give(1))
    first.close()

    assert (1, True) == (second.run(give(1)), second.lease().thread.is_usable)


def test_closing_an_unused_bridge_starts_nothing() -> None:
    """A client that never called anything has nothing to close, and its coroutine is not left unawaited."""
    before = loop_refcount._state.current
    bridge = Bridge(nothing)
    bridge.close()
    gc.collect()

    assert (None, before) == (bridge._lease, loop_refcount._state.current)


def test_a_bridge_can_be_used_after_it_was_closed() -> None:
    """`close` ends nothing for good."""
    bridge = Bridge(nothing)
    bridge.run(give(1))
    bridge.close()

    assert 2 == bridge.run(give(2))


def test_leases_come_and_go_in_many_threads() -> None:
    """Threads that take and drop leases all the time always find a loop that works."""
    wrong = list[object]()

    def work() -> None:
        for number in range(60):
            bridge = Bridge(nothing)
            if number != bridge.run(give(number)):
                wrong.append(number)
            if number % 3 == 0:
                bridge.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == wrong


def test_one_bridge_is_used_and_closed_by_many_threads() -> None:
    """Closing in one thread what others use costs them nothing: they find another loop, and the last one ends it."""
    bridge = Bridge(nothing)
    wrong = list[object]()

    def work() -> None:
        for number in range(40):
            if number != bridge.run(give(number)):
                wrong.append(number)
            bridge.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ([], None) == (wrong, bridge._lease)


def test_no_loop_is_started_when_the_interpreter_is_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the exit handler a call says why there is no loop any more."""
    monkeypatch.setattr(loop_refcount, "_state", loop_refcount._State())
    loop_refcount._state.is_exiting = True

    with pytest.raises(RuntimeError, match="interpreter is ending"):
        lease()


def test_a_thread_that_cannot_be_started_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no more threads, the error is raised and the loop that was made is closed."""
    monkeypatch.setattr(loop_refcount, "_state", loop_refcount._State())

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        lease()
    gc.collect()

    assert loop_refcount._state.current is None
