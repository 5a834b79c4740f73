"""``python -m tests.chaos --schedules 10000``: a chaos run of any length, at a terminal."""

from __future__ import annotations

import argparse
import asyncio
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.chaos.campaign import LANES, Report, campaign
from tests.chaos.judging import name_of
from tests.chaos.schedules import Sitting, sittings


def main() -> None:
    """Runs it, says what came of it, and ends with 1 if anything was not as it must be."""
    options = _parser().parse_args()
    seed = options.seed or secrets.token_hex(4)
    say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        report = asyncio.run(
            campaign(_chosen(options, seed), Path(folder) / "server", lanes=options.lanes, progress=_progress(options.schedules))
        )
    say(str(report))
    if options.errors:
        _tell_errors(report)
    say(f"seed {seed}")
    sys.exit(1 if report.faults else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Asks questions while everything breaks.")
    parser.add_argument("--schedules", type=int, default=1000, help="how many questions (%(default)s)")
    parser.add_argument("--seed", help="what everything is drawn from (a random one)")
    parser.add_argument("--lanes", type=int, default=LANES, help="how many clients at once (%(default)s)")
    parser.add_argument("--sitting", type=int, help="only the sitting with that number, to look into what was found")
    parser.add_argument("--kind", choices=("async", "sync"), help="only the sittings of that client")
    parser.add_argument("--transport", choices=("websocket", "sse", "auto"), help="only the sittings of that transport")
    parser.add_argument("--errors", action="store_true", help="list the errors in words, and the slowest questions")
    return parser


def _chosen(options: argparse.Namespace, seed: str) -> Iterator[Sitting]:
    for sitting in sittings(seed, options.schedules):
        wanted = (options.sitting, sitting.number), (options.kind, sitting.kind), (options.transport, sitting.transport)
        if all(choice in {None, found} for choice, found in wanted):
            yield sitting


def _tell_errors(report: Report) -> None:
    for outcome in sorted(report.outcomes, key=lambda outcome: -outcome.seconds)[:5]:
        say(f"{outcome.seconds:6.1f} s for {name_of(outcome)}")
    failed = (outcome for outcome in report.outcomes if outcome.error is not None)
    words = Counter(f"{outcome.way}: {re.sub('[0-9a-f-]{36}|:[0-9]+', '…', outcome.message)}" for outcome in failed)
    for line, number in words.most_common():
        say(f"{number:6} {line}")


def _progress(schedules: int) -> Callable[[int], None]:
    began = time.monotonic()
    next_line = 0

    def tell(done: int) -> None:
        nonlocal next_line
        if done >= next_line:
            next_line = done + max(schedules // 50, 1)
            say(f"{done} of {schedules} after {time.monotonic() - began:.0f} s")

    return tell


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
