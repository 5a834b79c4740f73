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

from tests.chaos.campaign import CONCURRENCY, Report, campaign
from tests.chaos.schedules import Scenario, scenarios
from tests.chaos.verification import describe


def main() -> None:
    """Runs the scenarios and prints the report; the exit code is 1 if a check failed."""
    options = _parser().parse_args()
    seed = options.seed or secrets.token_hex(4)
    say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        report = asyncio.run(
            campaign(
                _chosen(options, seed),
                Path(folder) / "server",
                concurrency=options.concurrency,
                progress=_progress(options.schedules),
            )
        )
    say(str(report))
    if options.errors:
        _print_errors(report)
    say(f"seed {seed}")
    sys.exit(1 if report.faults else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Asks questions while connections and the server fail."
    )
    parser.add_argument("--schedules", type=int, default=1000, help="how many questions (%(default)s)")
    parser.add_argument("--seed", help="seed of the random schedules (default: a random one)")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="how many clients at once (%(default)s)")
    parser.add_argument("--scenario", type=int, help="run only the scenario with this number, to reproduce a failure")
    parser.add_argument("--kind", choices=("async", "sync"), help="run only the scenarios of this client")
    parser.add_argument("--transport", choices=("websocket", "sse", "auto"), help="run only the scenarios of this transport")
    parser.add_argument("--errors", action="store_true", help="list the error messages and the slowest questions")
    return parser


def _chosen(options: argparse.Namespace, seed: str) -> Iterator[Scenario]:
    for scenario in scenarios(seed, options.schedules):
        wanted = (options.scenario, scenario.number), (options.kind, scenario.kind), (options.transport, scenario.transport)
        if all(choice in {None, found} for choice, found in wanted):
            yield scenario


def _print_errors(report: Report) -> None:
    for outcome in sorted(report.outcomes, key=lambda outcome: -outcome.seconds)[:5]:
        say(f"{outcome.seconds:6.1f} s for {describe(outcome)}")
    failed = (outcome for outcome in report.outcomes if outcome.error is not None)
    messages = Counter(f"{outcome.ending}: {re.sub('[0-9a-f-]{36}|:[0-9]+', '…', outcome.message)}" for outcome in failed)
    for line, number in messages.most_common():
        say(f"{number:6} {line}")


def _progress(schedules: int) -> Callable[[int], None]:
    began = time.monotonic()
    next_line = 0

    def report_progress(done: int) -> None:
        nonlocal next_line
        if done >= next_line:
            next_line = done + max(schedules // 50, 1)
            say(f"{done} of {schedules} after {time.monotonic() - began:.0f} s")

    return report_progress


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
