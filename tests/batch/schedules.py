"""Plays random schedules of a few units against a server in memory; ``python -m tests.batch.schedules --schedules 200000``.

The player performs what `aizoomdoc_client.batch.runner` performs, in the same order, and may be killed before and after each
write of the journal and each effect on the server. All decisions are those of `progression`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

import attrs

from aizoomdoc_client.answer import Answer
from aizoomdoc_client.batch import progression
from aizoomdoc_client.batch.progression import Limits, UnitState
from aizoomdoc_client.batch.steps import Answered, Failure, Fault, Observation, Step
from aizoomdoc_client.catalog import LocalizedText
from tests.random_schedules import BrokenError, complaint_of, play_many

from .simulated_server import SimulatedServer

PROBLEM = LocalizedText("unit_crashed", {"count": 0})
LIMITS = Limits()
MOST_STEPS = 3_000
"""Far more than any schedule needs, whose faults cease after `FAULTY_STEPS`."""
FAULTY_STEPS = 150


class KilledError(Exception):
    """The process is killed here."""


@attrs.frozen
class Machine:
    """The functions that decide; planted bugs replace one."""

    next_step: Callable[[UnitState, str], Step | None] = progression.next_step
    begun: Callable[[UnitState], UnitState] = progression.begun
    after: Callable[[UnitState, Observation, Limits], UnitState] = progression.after
    after_crash: Callable[[UnitState, Limits], UnitState] = progression.after_crash
    released: Callable[[UnitState], UnitState] = progression.released


@attrs.define
class Record:
    """What the player itself knows of a unit, to judge the machine by."""

    key: str
    state: UnitState = attrs.field(factory=UnitState)  # as the journal has it
    answer: Answer | None = None
    results: int = 0
    crashes: int = 0
    failures: int = 0
    server_failures: int = 0
    is_final: bool = False
    unfit: int = 0


class Schedule:
    """One schedule: processes that follow one another over one journal and one server, until all units are finished."""

    def __init__(self, seed: int, machine: Machine) -> None:
        self._rng = rng = random.Random(seed)
        self._machine = machine
        self._kill_rate = rng.choice([0.0, 0.01, 0.05, 0.2])
        self._fault_rate = rng.choice([0.0, 0.1, 0.3, 0.6])
        self._stop_rate = rng.choice([0.0, 0.0, 0.05])
        self.server = SimulatedServer(rng, unfit_rate=rng.choice([0.0, 0.3, 0.9]))
        self.records = [Record(f"unit{number}") for number in range(rng.choice([1, 1, 2, 3]))]
        self.steps = 0

    def play(self) -> None:
        """Raises `BrokenError` where an invariant does not hold."""
        while not all(record.state.is_finished for record in self.records):
            try:
                self._process()
            except KilledError:
                continue
        for record in self.records:
            self._judge(record)
        self.server.judge([record.key for record in self.records])

    # -- one process ---------------------------------------------------------------------------------------------------------

    def _process(self) -> None:
        for record in self.records:
            self._write(record, self._machine.after_crash(record.state, LIMITS), crashed=record.state.running)
        at_work = [record for record in self.records if not record.state.is_finished]
        memory = {record.key: record.state for record in at_work}
        while at_work:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise BrokenError("it does not end")
            record = self._rng.choice(at_work)
            if self._happens(self._stop_rate):
                for each in at_work:
                    self._write(each, self._machine.released(memory[each.key]))
                return
            self.server.pass_time()
            memory[record.key] = self._step(record, memory[record.key])
            if memory[record.key].is_finished:
                at_work.remove(record)

    def _step(self, record: Record, state: UnitState) -> UnitState:
        state = self._machine.begun(state)
        if state != record.state:
            self._write(record, state)
        step = self._machine.next_step(state, f"{record.key}-{state.attempt}")
        if step is None:
            raise BrokenError(f"{state.name} has no next step")
        if not (record.state.running and record.state == state):
            raise BrokenError("a step without its intent in the journal")
        self._may_be_killed()
        observation = self.server.perform(record.key, step, self._fault(), self._may_be_killed)
        self._may_be_killed()
        state = self._machine.after(state, observation, LIMITS)
        self._write(record, state, observation)
        return state

    def _fault(self) -> Failure | None:
        if not self._happens(self._fault_rate):
            return None
        fault = self._rng.choices([Fault.SERVER, Fault.OWN, Fault.JOB, Fault.FINAL, Fault.WORKER], [10, 3, 1, 0.3, 3])[0]
        is_uncertain = fault is not Fault.FINAL and self._rng.random() < 0.5
        lost = fault in {Fault.OWN, Fault.SERVER} and self._rng.random() < 0.3
        return Failure(fault, PROBLEM, "E", is_uncertain=is_uncertain, lost=lost)

    def _happens(self, rate: float) -> bool:
        return self.steps < FAULTY_STEPS and self._rng.random() < rate

    def _may_be_killed(self) -> None:
        if self._happens(self._kill_rate):
            raise KilledError

    # -- the journal ---------------------------------------------------------------------------------------------------------

    def _write(self, record: Record, state: UnitState, observation: Observation | None = None, *, crashed: bool = False) -> None:
        self._may_be_killed()
        was_finished = record.state.is_finished
        if was_finished and state != record.state:
            raise BrokenError("a result was changed")
        self._count(record, observation)
        record.crashes += crashed
        record.state = state
        record.results += state.is_finished and not was_finished
        if isinstance(observation, Answered):
            record.answer = observation.answer
        self._may_be_killed()

    def _count(self, record: Record, observation: Observation | None) -> None:
        if isinstance(observation, Failure):
            record.is_final |= observation.fault is Fault.FINAL
            record.failures += observation.fault is Fault.OWN or (observation.lost and observation.fault is Fault.SERVER)
            record.server_failures += observation.fault in {Fault.SERVER, Fault.WORKER}
        elif type(observation).__name__ == "Unfit":
            record.unfit += 1

    def _judge(self, record: Record) -> None:
        state, limits = record.state, LIMITS
        if record.results != 1:
            raise BrokenError(f"{record.results} results")
        if state.running:
            raise BrokenError("finished and running")
        if state.name == "poisoned" and record.crashes < limits.crashes and record.failures < limits.failures:
            raise BrokenError("poisoned before its limits")
        if state.name == "failed" and not (
            record.is_final or record.unfit >= 2 or record.server_failures >= limits.server_failures
        ):
            raise BrokenError("failed without a reason")
        if record.crashes > limits.crashes or record.failures > limits.failures:
            raise BrokenError("tried beyond its limits")
        if state.name == "done" and (record.answer is None or not self.server.is_fit(record.answer.text, record.key)):
            raise BrokenError("the answer is not the unit's")


def complaint(seed: int, machine: Machine = Machine()) -> str | None:
    """What a schedule breaks; None for what holds."""
    return complaint_of(Schedule(seed, machine).play)


if __name__ == "__main__":
    sys.exit(play_many(complaint, "tests.batch.schedules", 20_000))
