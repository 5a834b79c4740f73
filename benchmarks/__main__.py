"""The command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import attrs

from . import report
from .figures import Result
from .measuring import Run, measure
from .selection import Extent, Selection, UnknownNamesError

ROUNDS, QUICK_ROUNDS = 7, 3
QUICK_HELP = f"{QUICK_ROUNDS} rounds instead of {ROUNDS}, less work, no figures of growth: less than five minutes"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every figure reached its target, 1 when one missed it, 2 when there is nothing to measure."""
    options = _parser().parse_args(arguments)
    try:
        selection = _selection(options)
    except (UnknownNamesError, IncompatibleOptionsError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{figure.name:20} {figure.title}" for figure in selection.figures))
        return 0
    run = _measured(selection, options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS), options.json)
    for warning in run.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.docs:
        for note in report.write_page(run):
            print(f"note: {note}", file=sys.stderr)
    return 0 if all(result.ok for result in run.results) else 1


class IncompatibleOptionsError(Exception):
    """Options that exclude each other."""


def _selection(options: argparse.Namespace) -> Selection:
    if options.docs and (options.names or options.quick):
        raise IncompatibleOptionsError("--docs is made from a full run of all figures: leave names and --quick away")
    extent: Extent = "all" if options.docs else "required" if options.quick else "shown"
    return Selection.of(options.names, extent=extent, quick=options.quick)


def _measured(selection: Selection, rounds: int, file: Path | None) -> Run:
    """The run; `file` is rewritten after each result, so that an interrupted run keeps what it has."""
    began, results = time.monotonic(), list[Result]()

    def show(result: Result) -> None:
        print(report.line(result), flush=True)
        results.append(result)
        _save(results, file)

    run = measure(selection, rounds=rounds, show=show)
    _save(run.results, file)
    print(f"{len(run.results)} figures in {time.monotonic() - began:.0f} s")
    return run


def _save(results: Sequence[Result], file: Path | None) -> None:
    if file is not None:
        file.write_text(json.dumps([attrs.asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")


def _rounds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("it must be a whole number, 1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the client against its alternatives.")
    parser.add_argument("names", nargs="*", help="figures or groups, shell patterns allowed; by default all")
    parser.add_argument("--quick", action="store_true", help=QUICK_HELP)
    parser.add_argument("--rounds", type=_rounds, metavar="N", help="number of rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the results there")
    parser.add_argument("--docs", action="store_true", help="writes the tables of docs/performance.md")
    parser.add_argument("--list", action="store_true", help="lists the figures and measures nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
