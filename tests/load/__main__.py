"""``python -m tests.load``: runs the scenarios and prints the claims that hold or are broken, and the figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from benchmarks.limits import allow_open_files

from .clock_faults import clocks, foreign
from .expired_login import expired_login
from .report import Report
from .scale import FULL, SMALL, Scale
from .shared_login import one_login
from .shared_token_file import one_file, rotation
from .streams import streams

SCENARIOS: Mapping[str, Callable[[Scale, Report], Awaitable[None]]] = {
    "one-login": one_login,
    "one-file": one_file,
    "rotation": rotation,
    "expired-login": expired_login,
    "clocks": clocks,
    "foreign": foreign,
    "streams": streams,
}

LIMIT = 1800.0
"""Seconds after which a scenario counts as hanging."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the scenarios; returns the exit code."""
    options = _parser().parse_args(arguments)
    files = allow_open_files()
    _say(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, {files:,} open files a process")
    broken = 0
    for name in options.scenarios or SCENARIOS:
        report, began = Report(), time.perf_counter()
        _say(f"\n{name}: {SCENARIOS[name].__doc__}")
        asyncio.run(asyncio.wait_for(SCENARIOS[name](SMALL if options.small else FULL, report), LIMIT))
        _say(f"{report}\n  {time.perf_counter() - began:.0f} s in all")
        broken += len(report.broken)
    _say(f"\n{broken} claims are broken" if broken else "\nall claims hold")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description="Logins and streams under load.")
    names = ", ".join(SCENARIOS)
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], metavar="scenario", help=f"some of {names}")
    parser.add_argument("--small", action="store_true", help="in the size of the tests")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
