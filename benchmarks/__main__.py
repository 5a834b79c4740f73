"""The command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import attrs

from .report import table
from .running import Choice, Extent, UnknownNamesError, run

REPEATS, QUICK = 7, 3
QUICK_HELP = f"{QUICK} rounds instead of {REPEATS}, less work, no figures of growth: less than four minutes"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every figure reached its target, 1 when one falls short, 2 when there is nothing to measure."""
    options = _parser().parse_args(arguments)
    if options.docs and options.names:
        print("--docs is made from all figures: leave the names away", file=sys.stderr)
        return 2
    if options.docs and options.quick:
        print("--docs is made from a full run: leave --quick away", file=sys.stderr)
        return 2
    try:
        choice = Choice.of(options.names, extent=_extent(options), quick=options.quick)
    except UnknownNamesError as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{figure.name:20} {figure.title}" for figure in choice.figures))
        return 0
    began = time.monotonic()
    report = run(choice, repeats=QUICK if options.quick else REPEATS, show=lambda result: print(table.line(result), flush=True))
    print(f"{len(report.results)} figures in {time.monotonic() - began:.0f} s")
    for warning in report.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.json:
        options.json.write_text(
            json.dumps([attrs.asdict(result) for result in report.results], indent=1) + "\n", encoding="utf-8"
        )
    if options.docs:
        from .report import page

        for note in page.write(report):
            print(f"note: {note}", file=sys.stderr)
    return 0 if all(result.ok for result in report.results) else 1


def _extent(options: argparse.Namespace) -> Extent:
    return "all" if options.docs else "figures" if options.quick else "beside"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measures the client against what it competes with."
    )
    parser.add_argument("names", nargs="*", help="figures or groups, shell patterns allowed; by default all")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK} rounds instead of {REPEATS}, without the slow figures: less than four minutes",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the results there")
    parser.add_argument("--docs", action="store_true", help="writes the table and the pictures of docs/performance.md")
    parser.add_argument("--list", action="store_true", help="names the figures and measures nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
