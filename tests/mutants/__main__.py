"""``python -m tests.mutants``: plants each bug in turn and says what noticed it; exit code 1 when one went through."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from .catalogue import MUTANTS, mutant
from .catching import catcher


def main(arguments: Sequence[str] | None = None) -> int:
    """Plants and looks; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description="Plants bugs and looks whether they are noticed."
    )
    parser.add_argument("names", nargs="*", help="some of them (all)")
    options = parser.parse_args(arguments)
    chosen = [mutant(name) for name in options.names] or MUTANTS
    survivors = 0
    for one in chosen:
        began, caught = time.perf_counter(), catcher(one)
        survivors += caught is None
        sys.stdout.write(f"{'SURVIVES' if caught is None else 'caught  '} {one.name}: {one.does}\n")
        sys.stdout.write(f"         {caught or 'nothing noticed'} ({time.perf_counter() - began:.1f} s)\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - survivors} of {len(chosen)} caught\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
