"""How many units stand how."""

from __future__ import annotations

from aizoomdoc_client.batch.progression import UnitState, begun
from aizoomdoc_client.batch.unit_counts import UnitCounts


def test_what_runs_is_told_as_it_is_now() -> None:
    """A change while a reader goes through it, as by a thread that watches a job, does not disturb the reader."""
    counts = UnitCounts()
    counts.set("а", begun(UnitState()))
    running = iter(counts.running)
    counts.set("б", begun(UnitState()))

    assert (["а"], ("а", "б"), 2) == ([*running], counts.running, counts.of("running"))
