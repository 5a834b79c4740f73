"""``python -m tests.mutants``: applies each mutant and prints what killed it; the exit code is 1 if one survived."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from .catalogue import MUTANTS, mutant
from .detection import killed_by


def main(arguments: Sequence[str] | None = None) -> int:
    """Tests the mutants; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description="Applies mutants and checks that they are killed."
    )
    parser.add_argument("names", nargs="*", help="names of mutants (default: all)")
    options = parser.parse_args(arguments)
    chosen = [mutant(name) for name in options.names] or MUTANTS
    survivors = 0
    for one in chosen:
        began, killer = time.perf_counter(), killed_by(one)
        survivors += killer is None
        sys.stdout.write(f"{'SURVIVED' if killer is None else 'killed  '} {one.name}: {one.description}\n")
        sys.stdout.write(f"         {killer or 'no test failed'} ({time.perf_counter() - began:.1f} s)\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - survivors} of {len(chosen)} killed\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
