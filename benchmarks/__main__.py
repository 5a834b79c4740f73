"""The command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import attrs

from .figures import Result
from .report import table
from .running import Choice, Extent, Report, UnknownNamesError, run

REPEATS, QUICK = 7, 3
QUICK_HELP = f"{QUICK} rounds instead of {REPEATS}, less work, no figures of growth: less than four minutes"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every figure reached its target, 1 when one falls short, 2 when there is nothing to measure."""
    options = _parser().parse_args(arguments)
    try:
        choice = _choice(options)
    except (UnknownNamesError, UnfitOptionsError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{figure.name:20} {figure.title}" for figure in choice.figures))
        return 0
    report = _measured(choice, options.rounds or (QUICK if options.quick else REPEATS), options.json)
    for warning in report.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.docs:
        from .report import page

        for note in page.write(report):
            print(f"note: {note}", file=sys.stderr)
    return 0 if all(result.ok for result in report.results) else 1


class UnfitOptionsError(Exception):
    """Options that do not go together."""


def _choice(options: argparse.Namespace) -> Choice:
    if options.docs and (options.names or options.quick):
        raise UnfitOptionsError("--docs is made from a full run of all figures: leave names and --quick away")
    extent: Extent = "all" if options.docs else "figures" if options.quick else "beside"
    return Choice.of(options.names, extent=extent, quick=options.quick)


def _measured(choice: Choice, rounds: int, file: Path | None) -> Report:
    """The report; the file has at any moment what was measured until then."""
    began, results = time.monotonic(), list[Result]()

    def show(result: Result) -> None:
        print(table.line(result), flush=True)
        results.append(result)
        _save(results, file)

    report = run(choice, repeats=rounds, show=show)
    _save(report.results, file)
    print(f"{len(report.results)} figures in {time.monotonic() - began:.0f} s")
    return report


def _save(results: Sequence[Result], file: Path | None) -> None:
    if file is not None:
        file.write_text(json.dumps([attrs.asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")


def _rounds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("it must be a whole number, 1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measures the client against what it competes with."
    )
    parser.add_argument("names", nargs="*", help="figures or groups, shell patterns allowed; by default all")
    parser.add_argument("--quick", action="store_true", help=QUICK_HELP)
    parser.add_argument("--rounds", type=_rounds, metavar="N", help="so many rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the results there")
    parser.add_argument("--docs", action="store_true", help="writes the table and the pictures of docs/performance.md")
    parser.add_argument("--list", action="store_true", help="names the figures and measures nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
