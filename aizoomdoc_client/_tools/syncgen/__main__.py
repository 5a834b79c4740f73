"""The command: writes the files, or with ``--check`` says which of them are stale."""

from __future__ import annotations

import sys

from ..command import run
from . import check, write

if __name__ == "__main__":
    sys.exit(run("syncgen", sys.argv[1:], write=write, check=check))
