"""The command: writes the files, or with ``--check`` says which of them are stale."""

from __future__ import annotations

import sys
from pathlib import Path

from . import UnmappedError, check, write

PACKAGE = Path(__file__).parent.parent.parent


def main(arguments: list[str]) -> int:
    """The exit status: 0 when all is well, 1 when a file is stale or cannot be made, 2 for arguments that nobody knows."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m aizoomdoc_client._tools.syncgen [--check]\n")
        return 2
    try:
        faults = check(PACKAGE) if arguments else write(PACKAGE)
    except UnmappedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
