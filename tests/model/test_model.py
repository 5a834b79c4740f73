"""The client's decisions in random simulations against a model server: the invariants hold, and the model finds violations."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from aizoomdoc_client.exceptions import StreamInterruptedError
from tests.model.__main__ import main
from tests.model.assumptions import NAMES
from tests.model.invariants import INVARIANTS, broken
from tests.model.schedule import WEIGHTS, Ask, Opening, Other, Post, Read, Schedule
from tests.model.search import Search, Tally
from tests.model.shrink import shrink
from tests.model.simulation import schedule_of, simulate, weights_of
from tests.model.trace import trace

pytestmark = pytest.mark.timeout(300)  # the simulations take 20 s of CPU, at the first test that needs them

SCHEDULES = 20_000
"""`nox -s model -- --schedules 1000000` runs fifty times as many."""


@pytest.fixture(scope="module")
def tally() -> Tally:
    """The endings of many schedules."""
    return Search(seed=0).tally(range(SCHEDULES))


def one(**changes: Any) -> Schedule:
    """A schedule with one question, changed."""
    return Schedule(asks=(attrs.evolve(Ask(), **changes),))


def test_no_schedule_breaks_an_invariant(tally: Tally) -> None:
    """The invariants hold under drops, lost messages, late answers, other clients, full histories and deadlines."""
    assert (SCHEDULES, []) == (tally.simulations, tally.findings)


def test_most_questions_are_answered(tally: Tally) -> None:
    """A client that always gives up would break no invariant, so at least two of five questions must be answered."""
    assert tally.outcomes["answer"] > 0.4 * tally.outcomes.total()


@pytest.mark.parametrize(
    "end",
    [
        "left",
        "AnswerError",
        "AnswerUnknownError",
        "ChatConflictError",
        "DeliveryUnknownError",
        "PermissionDeniedError",
        "ProtocolError",
        "StreamInterruptedError",
        "StreamTimeoutError",
        "TokenExpiredError",
    ],
)
def test_every_ending_occurs(tally: Tally, end: str) -> None:
    """The schedules lead to each way in which an answer can end."""
    assert tally.outcomes[end] > SCHEDULES / 1000


@pytest.mark.parametrize("name", NAMES)
def test_each_assumption_is_needed(name: str) -> None:
    """Without the assumption another client's message or answer is taken for ours."""
    invariants = frozenset({"I5"} if name == "own words" else {"I8"})

    assert Search(0, frozenset({name})).first(range(4000), invariants) is not None


@pytest.mark.parametrize(
    ("assumption", "asked_then"),
    [
        ("quiet opening", Ask(pause=8.0, openings=(Opening(opens=15.0),))),
        ("own words", Ask(pause=8.0, posts=(Post("slow", seconds=5.0),))),
    ],
)
def test_to_a_process_that_takes_up_an_answer_the_one_before_is_somebody_else(assumption: str, asked_then: Ask) -> None:
    """A message of that one, which gave it up as unknown, may come late; it is held back as another client's is."""
    schedule = Schedule(
        asks=(Ask(posts=(Post("slow", seconds=80.0),)), Ask(pause=30.0, leaves_after=1), asked_then), resumes=True
    )

    assert [] == broken(simulate(schedule))
    assert [] != broken(simulate(schedule, frozenset({assumption})))


def test_simulations_are_reproducible() -> None:
    """The same seed and number give the same schedule, and the same schedule gives the same simulation."""
    simulations = [simulate(schedule_of(7, 11)) for _ in range(2)]

    assert simulations[0].schedule == simulations[1].schedule
    assert trace(simulations[0]) == trace(simulations[1])


def test_the_weights_are_used_in_turn() -> None:
    """Each kind of schedules is drawn as often as the others."""
    assert [weights.name for weights in WEIGHTS] == [weights_of(number).name for number in range(len(WEIGHTS))]


def test_a_finding_is_shrunk() -> None:
    """Parts of the schedule that the violation does not need are removed."""
    lifted = frozenset({"quiet opening"})
    schedule = Schedule(
        asks=(
            Ask(posts=(Post("refused"),), read_delay=9.0, openings=(Opening(variant=3, pace=0.2),), reads=(Read("502"),)),
            Ask(pause=30.0),
        ),
        others=(Other(at=1.0, asks=False), Other(at=4.0), Other(at=60.0)),
    )
    smallest = shrink(schedule, lifted)

    assert [] != broken(simulate(schedule, lifted))
    assert (1, 1) == (len(smallest.asks), len(smallest.others))
    assert ((), ()) == (smallest.asks[0].reads, smallest.asks[0].posts)
    assert "BROKEN I8 (question 0): the answer is to m1, ours is m0" in trace(simulate(smallest, lifted))


def test_every_invariant_says_what_it_is() -> None:
    """The invariants are collected by their names, and each has a docstring."""
    assert ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I12", "I13", "I14"] == list(INVARIANTS)
    assert all(check.__doc__ for check in INVARIANTS.values())


def test_a_dropped_answer_that_is_stored_is_found() -> None:
    """The run goes on after the drop, and its answer is adopted: one run, no text twice."""
    [record] = simulate(one(openings=(Opening(cut=4, breaks="eof", goes_on=True),))).records

    assert (["answer"], 1) == (record.outcomes, len(record.runs_started))


def test_a_dropped_answer_that_is_lost_is_generated_again() -> None:
    """The run was cancelled, so the model runs again after all reads of the history."""
    [record] = simulate(one(openings=(Opening(cut=4, breaks="eof"),))).records

    assert (["answer"], 2, 7) == (record.outcomes, len(record.runs_started), len(record.looks) - 1)


def test_a_second_drop_is_the_end() -> None:
    """With one re-run allowed the second loss is reported."""
    [record] = simulate(one(openings=(Opening(cut=4, breaks="eof"), Opening(cut=4, breaks="eof")))).records

    assert (["error"], StreamInterruptedError) == (record.outcomes, type(record.error))


def test_the_command_reports(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the simulations per second and the violations, or the trace of a single schedule."""
    assert 0 == main(["--schedules", "500", "--processes", "1", "--seed", "3"])
    assert "0 broke an invariant" in capsys.readouterr().out

    assert 1 == main(["--schedules", "1000", "--processes", "1", "--without", "quiet opening"])
    assert "BROKEN I8" in capsys.readouterr().out

    assert 0 == main(["--show", "160"])
    assert "question 0 is m0" in capsys.readouterr().out
