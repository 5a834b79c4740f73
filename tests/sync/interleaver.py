"""Runs two threads in every order of their steps, up to a number of preemptions.

A step is a bytecode instruction that reads or writes what both threads see, or calls something. Without preemption a thread runs
until it waits or ends. `orders` with two preemptions finds every fault that needs one thread to be suspended between two steps
while the other one runs, twice.
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

STEPS = ("CALL", "POP_JUMP", "STORE_ATTR")
"""Beginnings of the names of instructions that are steps, besides those that read a private attribute."""

NEVER = -1
"""No limit on waiting, as `threading.Lock` takes it."""


class DeadlockError(Exception):
    """Both threads wait: a wake-up was lost."""


@attrs.define(eq=False)
class _Side:
    """One thread: it runs while `turn` is set, and can go on only while `can_run` returns True."""

    work: Callable[[], object]
    turn: ThreadEvent = attrs.field(factory=ThreadEvent)
    can_run: Callable[[], bool] = lambda: True
    is_done: bool = False
    error: BaseException | None = None


class Interleaver:
    """Runs two functions in a thread each, one of them at a time; counts the steps of both together, from 0."""

    def __init__(self, first: Callable[[], object], second: Callable[[], object], codes: Sequence[CodeType]) -> None:
        self._sides = (_Side(first), _Side(second))
        self._steps = {code: _steps_of(code) for code in codes}
        self._preempted: frozenset[int] = frozenset()
        self._running = self._sides[0]
        self._is_deadlocked = False
        self.steps = 0

    def run(self, preempted: Sequence[int]) -> None:
        """Runs both to their ends, and switches threads before each step in `preempted`.

        Raises `DeadlockError` when both wait, or what one of them raised.
        """
        self._preempted = frozenset(preempted)
        threads = [threading.Thread(target=self._run, args=(side,), daemon=True) for side in self._sides]
        for thread in threads:
            thread.start()
        self._sides[0].turn.set()
        for thread in threads:
            thread.join()
        for side in self._sides:
            if side.error is not None:
                raise side.error

    def wait(self, condition: Callable[[], bool]) -> None:
        """Called by one of the two functions: runs the other one until `condition` holds."""
        mine = self._running
        while not condition():
            mine.can_run = condition
            self._switch(mine)
        mine.can_run = lambda: True

    def _run(self, side: _Side) -> None:
        side.turn.wait(NEVER)
        sys.settrace(self._enter)
        try:
            if not self._is_deadlocked:
                side.work()
        except BaseException as error:  # noqa: BLE001 - `run` raises it
            side.error = error
        finally:
            sys.settrace(None)
            side.is_done = True
            self._start_other(side)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code not in self._steps:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return self._step

    def _step(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "opcode" and frame.f_lasti in self._steps[frame.f_code]:
            self.steps += 1
            if self.steps - 1 in self._preempted:
                self._switch(self._running)
        return self._step

    def _switch(self, mine: _Side) -> None:
        if self._start_other(mine):
            mine.turn.wait(NEVER)
        if self._is_deadlocked:
            raise DeadlockError

    def _start_other(self, mine: _Side) -> bool:
        """Lets the other thread run, if it can; returns whether it does."""
        other = next(side for side in self._sides if side is not mine)
        if not other.is_done and (self._is_deadlocked or other.can_run()):
            self._running = other
            other.turn.set()
            return True
        if mine.is_done or not mine.can_run():
            self._is_deadlocked = not (mine.is_done and other.is_done)
            if self._is_deadlocked and not other.is_done:
                other.turn.set()
        return False


def orders(run: Callable[[Sequence[int]], int], preemptions: int, *, before: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Runs every order of at most `preemptions` preemptions, and yields each; `run` returns how many steps an order had."""
    steps = run(before)
    yield before
    if preemptions:
        for step in range(before[-1] + 1 if before else 0, steps):
            yield from orders(run, preemptions - 1, before=(*before, step))


def code_of(kind: type, *names: str) -> Sequence[CodeType]:
    """The code of the methods `names` of `kind`."""
    return [getattr(kind, name).__code__ for name in names]


@functools.cache
def _steps_of(code: CodeType) -> frozenset[int]:
    return frozenset(instruction.offset for instruction in dis.get_instructions(code) if _is_step(instruction))


def _is_step(instruction: dis.Instruction) -> bool:
    if instruction.opname == "LOAD_ATTR":
        return str(instruction.argval).startswith("_")
    return instruction.opname.startswith(STEPS)
