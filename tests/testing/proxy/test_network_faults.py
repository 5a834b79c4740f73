"""Faults and plans as values."""

from __future__ import annotations

import pytest

from aizoomdoc_client.testing.proxy import Bandwidth, Latency, RandomPlan, ResetAfter, Slices


def test_a_random_plan_is_the_same_for_the_same_seed() -> None:
    """And another one for another seed; some connections get no fault."""
    drawn = [[RandomPlan(seed=seed)(number) for number in range(1, 60)] for seed in (1, 1, 2)]

    assert (True, False) == (drawn[0] == drawn[1], drawn[0] == drawn[2])
    assert {0, 1} == {len(faults) for faults in drawn[0]}


@pytest.mark.parametrize(
    "make", [lambda: Latency(-1), lambda: Slices(0), lambda: Bandwidth(float("nan")), lambda: ResetAfter(-1)]
)
def test_a_fault_out_of_bounds_is_refused_by_name(make: object) -> None:
    """The message names the field and the fault."""
    with pytest.raises(ValueError, match=r"\w+ of \w+ must be"):
        make()  # type: ignore[operator]  # each is a function
