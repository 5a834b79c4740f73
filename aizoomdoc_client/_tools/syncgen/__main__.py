"""Writes the generated files, or with ``--check`` names the stale ones."""

from __future__ import annotations

import sys

from ..command import run
from . import check, write

if __name__ == "__main__":
    sys.exit(run("syncgen", sys.argv[1:], write=write, check=check))
