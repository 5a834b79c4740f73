"""The suite notices planted bugs: those in decisions are all planted here, the others by ``nox -s mutants``."""

from __future__ import annotations

import pytest

from tests.model.invariants import INVARIANTS, broken
from tests.model.simulation import schedule_of, simulate

from .catalogue import MUTANTS
from .catching import REPO, first_finding
from .mutant import Mutant
from .pure import PURE


@pytest.mark.parametrize("mutant", PURE, ids=lambda mutant: mutant.name)
def test_the_model_notices(mutant: Mutant) -> None:
    """Some schedule breaks an invariant that this bug is to break."""
    assert first_finding(mutant) is not None, mutant.does


def test_names_are_unique() -> None:
    """A mutant is called by its name."""
    assert len(MUTANTS) == len({mutant.name for mutant in MUTANTS})


def test_every_mutant_has_its_catchers() -> None:
    """They name invariants that there are, or tests that there are."""
    for mutant in MUTANTS:
        for name in mutant.caught_by:
            path, _, test = name.partition("::")
            assert name in INVARIANTS or f"def {test}(" in (REPO / path).read_text(encoding="utf-8"), mutant.name


def test_nothing_stays_planted() -> None:
    """After a context the package is as it was."""
    before = [simulate(schedule_of(5, number)) for number in range(10)]
    for mutant in MUTANTS:
        with mutant.planted():
            pass

    assert [[]] * 10 == [broken(game) for game in before]
    assert [game.schedule for game in before] == [simulate(schedule_of(5, number)).schedule for number in range(10)]
