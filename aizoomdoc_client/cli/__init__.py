"""The command line: ``aizoomdoc``, or ``python -m aizoomdoc_client``.

The only package that prints and imports click and rich. It uses the async client as any user would. `root` lists the commands;
these are in `commands`, one group a module, and do not import one another. Slow imports (the client, the local server, rich) are
made by the command that needs them: ``aizoomdoc --help`` costs little more than click. Texts for users are translated by
`language`, or come from the catalogue of codes. Answers go to standard output, all else to standard error; every failure is one
line and an exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command line, by default that of this process, and exits."""
    from .program import execute

    sys.exit(execute(sys.argv[1:] if arguments is None else arguments))
