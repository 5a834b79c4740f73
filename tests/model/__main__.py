"""``python -m tests.model``: simulates schedules and reports broken invariants; the exit code is 1 if there are any."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from .assumptions import NAMES
from .search import Finding, Search, Tally
from .shrink import shrink
from .simulation import schedule_of, simulate, weights_of
from .trace import trace

MAX_TRACES = 3
"""Number of findings that are printed with their traces."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the simulations; returns the exit code."""
    options = _parser().parse_args(arguments)
    search = Search(options.seed, frozenset(options.without))
    if options.show is not None:
        _print(trace(simulate(schedule_of(options.seed, options.show), search.lifted)))
        return 0
    began, tally = time.perf_counter(), Tally()
    _print(f"{options.schedules:,} schedules of seed {options.seed}, {options.processes} processes")
    for part in search.in_parallel(options.schedules, options.processes):
        tally += part
        if part.findings or tally.simulations % 100_000 == 0:
            _print(f"  {tally.simulations:,} simulated, {len(tally.findings)} broken")
    _report(tally, time.perf_counter() - began)
    for finding in sorted(tally.findings, key=lambda found: found.number)[:MAX_TRACES]:
        _explain(search, finding)
    return 1 if tally.findings else 0


def _report(tally: Tally, seconds: float) -> None:
    questions = tally.outcomes.total()
    rate = tally.simulations / seconds
    _print(f"{tally.simulations:,} simulations with {questions:,} questions in {seconds:.0f} s: {rate:,.0f} a second")
    for name, count in tally.outcomes.most_common():
        _print(f"  {count / questions:6.1%}  {name}")
    _print(f"{len(tally.findings)} broke an invariant")


def _explain(search: Search, finding: Finding) -> None:
    _print(
        f"\nseed {search.seed}, schedule {finding.number} ({weights_of(finding.number).name}): {'; '.join(finding.complaints)}"
    )
    _print(trace(simulate(shrink(schedule_of(search.seed, finding.number), search.lifted), search.lifted)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description="Simulates the client against a model server.")
    parser.add_argument("--schedules", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which (%(default)s)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time (%(default)s)")
    parser.add_argument("--without", action="append", default=[], choices=sorted(NAMES), help="do not hold this assumption")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print the trace of one schedule")
    return parser


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
