"""``python -m tests.model``: plays schedules and says what broke; exit code 1 when something did."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from .assumptions import NAMES
from .hunt import Finding, Hunt, Tally
from .play import odds_of, play, schedule_of
from .shrink import shrunk
from .trace import trace

SHOWN = 3
"""How many findings are shown with their traces."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays; the exit code."""
    options = _parser().parse_args(arguments)
    hunt = Hunt(options.seed, frozenset(options.without))
    if options.show is not None:
        _say(trace(play(schedule_of(options.seed, options.show), hunt.lifted)))
        return 0
    began, tally = time.perf_counter(), Tally()
    _say(f"{options.schedules:,} schedules of seed {options.seed}, {options.processes} processes")
    for part in hunt.in_parallel(options.schedules, options.processes):
        tally += part
        if part.findings or tally.games % 100_000 == 0:
            _say(f"  {tally.games:,} played, {len(tally.findings)} broken")
    _report(tally, time.perf_counter() - began)
    for finding in sorted(tally.findings, key=lambda found: found.number)[:SHOWN]:
        _explain(hunt, finding)
    return 1 if tally.findings else 0


def _report(tally: Tally, seconds: float) -> None:
    questions = tally.outcomes.total()
    _say(f"{tally.games:,} games with {questions:,} questions in {seconds:.0f} s: {tally.games / seconds:,.0f} a second")
    for name, count in tally.outcomes.most_common():
        _say(f"  {count / questions:6.1%}  {name}")
    _say(f"{len(tally.findings)} broke an invariant")


def _explain(hunt: Hunt, finding: Finding) -> None:
    _say(f"\nseed {hunt.seed}, schedule {finding.number} ({odds_of(finding.number).name}): {'; '.join(finding.complaints)}")
    _say(trace(play(shrunk(schedule_of(hunt.seed, finding.number), hunt.lifted), hunt.lifted)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description="Plays the client against a model server.")
    parser.add_argument("--schedules", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which (%(default)s)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time (%(default)s)")
    parser.add_argument("--without", action="append", default=[], choices=sorted(NAMES), help="lift an assumption")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="show one schedule's game and end")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
