"""The watchdog of one stream: one timer for the opening and for each silence after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from aizoomdoc_client import StreamTimeouts
from aizoomdoc_client.session import watchdog
from aizoomdoc_client.session.watchdog import Watchdog


@attrs.define
class Timer:
    """A scheduled call."""

    due: float
    call: Callable[[], None]
    is_cancelled: bool = False

    def when(self) -> float:
        return self.due

    def cancel(self) -> None:
        self.is_cancelled = True


@attrs.define
class Loop:
    """A loop whose time the test sets."""

    now: float = 0.0
    timers: list[Timer] = attrs.field(factory=list[Timer])

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, call: Callable[[], None]) -> Any:
        self.timers.append(Timer(due, call))
        return self.timers[-1]

    def until(self, moment: float) -> None:
        """Passes the time, timer by timer."""
        while waiting := [timer for timer in self.timers if not timer.is_cancelled and timer.due <= moment]:
            first = min(waiting, key=lambda timer: timer.due)
            self.timers.remove(first)
            self.now = first.due
            first.call()
        self.now = moment


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop()
    monkeypatch.setattr(watchdog.asyncio, "get_running_loop", lambda: made)
    return made


def watched(loop: Loop, broken: list[tuple[str, float]], **limits: float | None) -> Watchdog:
    """A watchdog that records when it aborts the opening."""
    return Watchdog(StreamTimeouts(**limits), lambda: broken.append(("opening", loop.now)))  # type: ignore[arg-type]  # checked there


@pytest.mark.parametrize(
    ("limits", "name", "moment"),
    [
        ({"first_event": 30, "idle": 5}, "first_event", 30),
        ({"first_event": 30, "idle": 5, "total": 20}, "total", 20),
        ({"first_event": None, "idle": 5, "total": 20}, "total", 20),
    ],
)
def test_an_opening_has_its_own_limit(loop: Loop, limits: dict[str, Any], name: str, moment: float) -> None:
    """It ends by the limit of the first event or of the whole answer, not by the idle limit."""
    broken = list[tuple[str, float]]()
    watchdog = watched(loop, broken, **limits)
    loop.until(1000)

    assert (name, [("opening", moment)]) == (watchdog.expired, broken)


@pytest.mark.parametrize("first_event", [None, 2, 600])
def test_a_silence_has_its_own_limit(loop: Loop, first_event: float | None) -> None:
    """After the first event the idle limit counts, whether the first event's was longer, shorter, or none."""
    broken = list[tuple[str, float]]()
    watchdog = watched(loop, broken, first_event=first_event, idle=10)
    loop.until(1)
    watchdog.opened(lambda: broken.append(("stream", loop.now)))
    loop.until(100)
    watchdog.wait_started()
    loop.until(105)
    watchdog.received()
    watchdog.wait_started()
    loop.until(1000)

    assert ("idle", [("stream", 115)]) == (watchdog.expired, broken)


def test_a_slow_consumer_is_no_silent_server(loop: Loop) -> None:
    """While no consumer waits, nothing is aborted."""
    broken = list[tuple[str, float]]()
    watchdog = watched(loop, broken, first_event=10, idle=10)
    watchdog.opened(lambda: broken.append(("stream", loop.now)))
    loop.until(1000)

    assert (None, []) == (watchdog.expired, broken)


def test_the_end_may_be_hurried(loop: Loop) -> None:
    """A shorter silence counts at once, although the timer was set for the longer one."""
    broken = list[tuple[str, float]]()
    watchdog = watched(loop, broken, first_event=300, idle=300)
    watchdog.opened(lambda: broken.append(("stream", loop.now)))
    watchdog.limit_idle(5)
    watchdog.wait_started()
    loop.until(1000)

    assert ("idle", [("stream", 5)]) == (watchdog.expired, broken)
