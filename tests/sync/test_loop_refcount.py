"""The background loop runs as long as there are references to it."""

from __future__ import annotations

import gc
import threading

import pytest

from aizoomdoc_client.sync import loop_refcount
from aizoomdoc_client.sync.bridge import Bridge
from aizoomdoc_client.sync.loop_refcount import acquire_loop
from tests.sync.conftest import nothing
from tests.sync.test_bridge import give


def test_all_references_are_to_one_loop() -> None:
    """A process has one loop for all its clients."""
    first, second = acquire_loop(), acquire_loop()

    assert first.thread is second.thread


def test_dropping_the_last_reference_ends_the_loop() -> None:
    """The thread ends when the last reference is dropped, and not before."""
    first, second = acquire_loop(), acquire_loop()
    thread = first.thread
    del first
    still = thread.is_usable
    del second
    thread.join()

    assert (True, True) == (still, thread.has_ended)


def test_a_loop_is_used_again_before_it_ends() -> None:
    """A new reference that is made after the last one was dropped, but before the loop handles that, keeps it running."""
    reference = acquire_loop()
    thread = reference.thread
    gate = threading.Event()
    thread.post(gate.wait)  # blocks the loop meanwhile
    del reference
    other = acquire_loop()
    gate.set()
    bridge = Bridge(nothing)
    bridge.run(give(1))

    assert (other.thread, True) == (thread, thread.is_usable)


def test_closing_the_last_bridge_waits_for_the_thread() -> None:
    """When `close` returns, the thread has ended."""
    bridge = Bridge(nothing)
    bridge.run(give(1))
    thread = bridge.acquire_loop().thread
    bridge.close()

    assert thread.has_ended


def test_closing_one_of_two_bridges_leaves_the_loop() -> None:
    """The loop goes on while another bridge uses it."""
    first, second = Bridge(nothing), Bridge(nothing)
    for bridge in (first, second):
        bridge.run(give(1))
    first.close()

    assert (1, True) == (second.run(give(1)), second.acquire_loop().thread.is_usable)


def test_closing_an_unused_bridge_starts_nothing() -> None:
    """A bridge without a call starts no loop when it is closed, and leaves no coroutine unawaited."""
    before = loop_refcount._state.current
    bridge = Bridge(nothing)
    bridge.close()
    gc.collect()

    assert (None, before) == (bridge._loop_ref, loop_refcount._state.current)


def test_a_bridge_can_be_used_after_it_was_closed() -> None:
    """A call after `close` starts a loop again."""
    bridge = Bridge(nothing)
    bridge.run(give(1))
    bridge.close()

    assert 2 == bridge.run(give(2))


def test_many_threads_take_and_drop_references() -> None:
    """Threads that acquire and release the loop all the time always get one that works."""
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
    """A thread may close a bridge that others use: their calls succeed, on a new loop if need be, and the last close ends it."""
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

    assert ([], None) == (wrong, bridge._loop_ref)


def test_no_loop_is_started_when_the_interpreter_is_exiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the exit handler has run, acquiring the loop raises an error that names the reason."""
    monkeypatch.setattr(loop_refcount, "_state", loop_refcount._State())
    loop_refcount._state.is_exiting = True

    with pytest.raises(RuntimeError, match="interpreter is ending"):
        acquire_loop()


def test_a_thread_that_cannot_be_started_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """When no thread can be started, the error is raised and the new loop is closed."""
    monkeypatch.setattr(loop_refcount, "_state", loop_refcount._State())

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        acquire_loop()
    gc.collect()

    assert loop_refcount._state.current is None
