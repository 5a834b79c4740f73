"""What the generators' command lines have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

PACKAGE = Path(__file__).parent.parent


class GeneratorError(Exception):
    """Something of the source cannot be generated from; says what, where, and what to do."""


def run(module: str, arguments: Sequence[str], *, write: Callable[[Path], list[str]], check: Callable[[Path], list[str]]) -> int:
    """The exit status: 0 when all is well, 1 when a file is stale or cannot be made, 2 for unknown arguments.

    Without arguments `write` makes the files of the package; with ``--check``, `check` says which of them are stale.
    """
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"usage: python -m aizoomdoc_client._tools.{module} [--check]\n")
        return 2
    try:
        faults = check(PACKAGE) if arguments else write(PACKAGE)
    except GeneratorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0
