"""Two threads in step: runs one until it has taken so many steps, then the other, and so tries their orders one by one.

A step is an instruction of Python's machine that reads or writes what both sides see, or calls something. Without preemption a
thread runs until it waits or ends; `orders` of two preemptions find whatever goes wrong by one side being held up in the middle
of something while the other goes on, twice.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any

import attrs

from aizoomdoc_client.sync.loop import ThreadEvent

LOOKS = ("CALL", "POP_JUMP", "STORE_ATTR")
"""How the instructions begin at which one side may see what the other did, beside reading a private attribute."""

NEVER = -1
"""No limit on waiting, as `threading.Lock` has it."""


class AllAsleepError(Exception):
    """Nobody can go on: somebody missed being woken."""


@attrs.define(eq=False)
class _Side:
    """One thread: `may_go` tells whether what it waits for has come."""

    work: Callable[[], object]
    turn: ThreadEvent = attrs.field(factory=ThreadEvent)
    may_go: Callable[[], bool] = lambda: True
    is_done: bool = False
    error: BaseException | None = None


class Loom:
    """Runs two sides; preempts whoever runs at the steps that are named, counted over both from 0."""

    def __init__(self, first: Callable[[], object], second: Callable[[], object], codes: Sequence[CodeType]) -> None:
        self._sides = (_Side(first), _Side(second))
        self._steps = {code: _steps_of(code) for code in codes}
        self._preempted: frozenset[int] = frozenset()
        self._running = self._sides[0]
        self._over = threading.Event()
        self._is_stuck = False
        self.steps = 0

    def run(self, preempted: Sequence[int]) -> None:
        """One order; raises `AllAsleepError` when it comes to no end, or what a side raised."""
        self._preempted = frozenset(preempted)
        threads = [threading.Thread(target=self._live, args=(side,), daemon=True) for side in self._sides]
        for thread in threads:
            thread.start()
        self._sides[0].turn.ring()
        for thread in threads:
            thread.join()
        for side in self._sides:
            if side.error is not None:
                raise side.error

    def wait(self, condition: Callable[[], bool]) -> None:
        """Called by a side: sleeps until `condition` holds."""
        mine = self._running
        while not condition():
            mine.may_go = condition
            self._hand_over(mine)
        mine.may_go = lambda: True

    def _live(self, side: _Side) -> None:
        side.turn.wait(NEVER)
        sys.settrace(self._enter)
        try:
            if not self._is_stuck:
                side.work()
        except BaseException as error:  # noqa: BLE001 - raised where the loom was begun
            side.error = error
        finally:
            sys.settrace(None)
            side.is_done = True
            self._pass_on(side)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code not in self._steps:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return self._step

    def _step(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "opcode" and frame.f_lasti in self._steps[frame.f_code]:
            self.steps += 1
            if self.steps - 1 in self._preempted:
                self._hand_over(self._running)
        return self._step

    def _hand_over(self, mine: _Side) -> None:
        if self._pass_on(mine):
            mine.turn.wait(NEVER)
        if self._is_stuck:
            raise AllAsleepError

    def _pass_on(self, mine: _Side) -> bool:
        """Lets the other side go on; False when only this one can, or none."""
        other = next(side for side in self._sides if side is not mine)
        if not other.is_done and (self._is_stuck or other.may_go()):
            self._running = other
            other.turn.ring()
            return True
        if mine.is_done or not mine.may_go():
            self._is_stuck = not (mine.is_done and other.is_done)
            if self._is_stuck and not other.is_done:
                other.turn.ring()
        return False


def orders(run: Callable[[Sequence[int]], int], preemptions: int, *, before: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Runs every order of so many preemptions at the most, by `run`, which tells how many steps it had; gives what was run."""
    steps = run(before)
    yield before
    if preemptions:
        for step in range(before[-1] + 1 if before else 0, steps):
            yield from orders(run, preemptions - 1, before=(*before, step))


def code_of(kind: type, *names: str) -> Sequence[CodeType]:
    """The code of methods."""
    return [getattr(kind, name).__code__ for name in names]


@functools.cache
def _steps_of(code: CodeType) -> frozenset[int]:
    return frozenset(instruction.offset for instruction in dis.get_instructions(code) if _is_step(instruction))


def _is_step(instruction: dis.Instruction) -> bool:
    if instruction.opname == "LOAD_ATTR":
        return str(instruction.argval).startswith("_")
    return instruction.opname.startswith(LOOKS)
