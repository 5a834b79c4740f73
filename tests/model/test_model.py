"""The client's decisions, played against a model server by chance: what must hold holds, and the model sees when it does not."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from aizoomdoc_client.exceptions import StreamInterruptedError
from tests.model.__main__ import main
from tests.model.assumptions import NAMES
from tests.model.hunt import Hunt, Tally
from tests.model.invariants import INVARIANTS, broken
from tests.model.play import odds_of, play, schedule_of
from tests.model.schedule import ODDS, Ask, Opening, Other, Post, Read, Schedule
from tests.model.shrink import shrunk
from tests.model.trace import trace

SCHEDULES = 20_000


@pytest.fixture(scope="module")
def tally() -> Tally:
    """How many schedules ended."""
    tally = Tally()
    for part in Hunt(seed=0).in_parallel(SCHEDULES, processes=2):
        tally += part
    return tally


def one(**changes: Any) -> Schedule:
    """A schedule with one question, changed."""
    return Schedule(asks=(attrs.evolve(Ask(), **changes),))


def test_no_schedule_breaks_an_invariant(tally: Tally) -> None:
    """Drops, lost messages, late answers, other clients, full histories, deadlines: what must hold holds."""
    assert (SCHEDULES, []) == (tally.games, tally.findings)


def test_most_questions_are_answered(tally: Tally) -> None:
    """A client that only gives up breaks nothing: among all that happens here two of five are answered even so."""
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
def test_every_end_is_met(tally: Tally, end: str) -> None:
    """The schedules lead to each way in which an answer can end."""
    assert tally.outcomes[end] > SCHEDULES / 1000


@pytest.mark.parametrize("name", NAMES)
def test_each_assumption_is_needed(name: str) -> None:
    """Lifted, it lets another's message or answer be taken for ours."""
    invariants = frozenset({"I5"} if name == "own words" else {"I8"})

    assert Hunt(0, frozenset({name})).first(range(4000), invariants) is not None


def test_a_seed_says_it_all() -> None:
    """The same seed and number give the same schedule, and the same schedule the same game."""
    games = [play(schedule_of(7, 11)) for _ in range(2)]

    assert games[0].schedule == games[1].schedule
    assert trace(games[0]) == trace(games[1])


def test_the_odds_take_turns() -> None:
    """Each kind of schedules is drawn as often as the others."""
    assert [odds.name for odds in ODDS] == [odds_of(number).name for number in range(len(ODDS))]


def test_a_finding_is_cut_down() -> None:
    """Of a schedule that breaks an invariant what has no part in it is left out."""
    lifted = frozenset({"quiet opening"})
    schedule = Schedule(
        asks=(
            Ask(posts=(Post("refused"),), dawdle=9.0, openings=(Opening(telling=3, pace=0.2),), reads=(Read("502"),)),
            Ask(pause=30.0),
        ),
        others=(Other(at=1.0, asks=False), Other(at=4.0), Other(at=60.0)),
    )
    smallest = shrunk(schedule, lifted)

    assert [] != broken(play(schedule, lifted))
    assert (1, 1) == (len(smallest.asks), len(smallest.others))
    assert ((), ()) == (smallest.asks[0].reads, smallest.asks[0].posts)
    assert "BROKEN I8 (question 0): the answer is to m1, ours is m0" in trace(play(smallest, lifted))


def test_every_invariant_says_what_it_is() -> None:
    """They are found by their names, and each has a docstring."""
    assert ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I12", "I13", "I14"] == list(INVARIANTS)
    assert all(check.__doc__ for check in INVARIANTS.values())


def test_a_dropped_answer_that_is_stored_is_found() -> None:
    """The run goes on after the drop, and its answer is adopted: one run, no text twice."""
    [told] = play(one(openings=(Opening(cut=4, breaks="eof", goes_on=True),))).tolds

    assert (["answer"], 1) == (told.outcomes, len(told.runs_began))


def test_a_dropped_answer_that_is_lost_is_made_again() -> None:
    """The run was cancelled: after all looks there is another one."""
    [told] = play(one(openings=(Opening(cut=4, breaks="eof"),))).tolds

    assert (["answer"], 2, 7) == (told.outcomes, len(told.runs_began), len(told.looks) - 1)


def test_a_second_drop_is_the_end() -> None:
    """With one re-run allowed the second loss is reported."""
    [told] = play(one(openings=(Opening(cut=4, breaks="eof"), Opening(cut=4, breaks="eof")))).tolds

    assert (["error"], StreamInterruptedError) == (told.outcomes, type(told.error))


def test_the_command_reports(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many games a second it played and what broke, and shows a single one."""
    assert 0 == main(["--schedules", "500", "--processes", "1", "--seed", "3"])
    assert "0 broke an invariant" in capsys.readouterr().out

    assert 1 == main(["--schedules", "1000", "--processes", "1", "--without", "quiet opening"])
    assert "BROKEN I8" in capsys.readouterr().out

    assert 0 == main(["--show", "153"])
    assert "question 0 is m0" in capsys.readouterr().out
