"""The suite kills the mutants: those of decisions are tested here, the others by ``nox -s mutants``."""

from __future__ import annotations

import importlib

import pytest

from tests.model.invariants import INVARIANTS, broken
from tests.model.simulation import schedule_of, simulate

from .catalogue import MUTANTS
from .detection import first_finding
from .mutant import Mutant


@pytest.mark.parametrize("mutant", [one for one in MUTANTS if one.is_decision], ids=lambda mutant: mutant.name)
def test_the_model_kills_the_mutant(mutant: Mutant) -> None:
    """Some schedule breaks an invariant that this mutant is expected to break."""
    assert first_finding(mutant) is not None, mutant.description


def test_names_are_unique() -> None:
    """Mutants are selected by their names."""
    assert len(MUTANTS) == len({mutant.name for mutant in MUTANTS})


def test_every_mutant_names_existing_killers() -> None:
    """The names are those of existing invariants or tests."""
    for mutant in MUTANTS:
        for name in mutant.killers:
            path, _, test = name.partition("::")
            module = path.removesuffix(".py").replace("/", ".")
            assert name in INVARIANTS or hasattr(importlib.import_module(module), test), mutant.name


def test_a_mutant_is_undone() -> None:
    """After the context the package is unchanged."""
    before = [simulate(schedule_of(5, number)) for number in range(10)]
    for mutant in MUTANTS:
        with mutant.applied():
            pass

    assert [[]] * 10 == [broken(game) for game in before]
    assert [game.schedule for game in before] == [simulate(schedule_of(5, number)).schedule for number in range(10)]
