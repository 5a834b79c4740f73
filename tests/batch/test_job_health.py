"""Which failures make a job pause."""

from __future__ import annotations

import pytest

from aizoomdoc_client.batch.job_health import FAILURES_IN_A_ROW, JobHealth
from aizoomdoc_client.batch.steps import Failure, Fault
from aizoomdoc_client.catalog import text

MANY = 1000


def failed(fault: Fault, count: int, *, is_busy: bool = False, succeeds_after: int | None = None, left: int = MANY) -> JobHealth:
    """After so many failures of different units, and perhaps a success among them, where so many are left."""
    health = JobHealth()
    for number in range(count):
        health.failed(f"unit {number}", Failure(fault, text("no_workers"), "E", is_busy=is_busy), left=left)
        if number + 1 == succeeds_after:
            health.succeeded()
    return health


@pytest.mark.parametrize(("fault", "enough"), [(Fault.JOB, 1), (Fault.SERVER, FAILURES_IN_A_ROW), (Fault.OWN, FAILURES_IN_A_ROW)])
def test_a_job_pauses_when_nothing_goes_on(fault: Fault, enough: int) -> None:
    """At once for what a person has to mend, else after some failures without a success."""
    assert failed(fault, enough).cause is not None
    assert failed(fault, enough - 1).cause is None
    assert enough == 1 or failed(fault, enough, succeeds_after=1).cause is None


@pytest.mark.parametrize(("fault", "is_busy"), [(Fault.WORKER, False), (Fault.FINAL, False), (Fault.SERVER, True)])
def test_a_job_does_not_pause_where_others_can_go_on(fault: Fault, is_busy: bool) -> None:
    """A lost worker has others, a refused question says nothing of the next, and a busy server is asked less by the pacing."""
    assert failed(fault, 10 * FAILURES_IN_A_ROW, is_busy=is_busy).cause is None


@pytest.mark.parametrize("left", [1, FAILURES_IN_A_ROW - 1])
def test_where_few_units_are_left_the_failure_of_all_makes_a_job_pause(left: int) -> None:
    """No more can fail in a row; a cause in the units, as an answer that fails, is no reason to hold them up."""
    assert failed(Fault.SERVER, left, left=left).cause is not None
    assert failed(Fault.SERVER, left - 1, left=left).cause is None
    assert failed(Fault.OWN, left, left=left).cause is None
    assert failed(Fault.SERVER, left, left=left, is_busy=True).cause is None
