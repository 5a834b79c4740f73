"""User programs in processes of their own, with one client and warnings as errors."""

from __future__ import annotations

import asyncio
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

BEGINNING = """
import asyncio, gc, os, sys, warnings
from aizoomdoc_client import *

url, token = sys.argv[1:]
client = AIZoomDocClient(url, token)

"""


async def run_programs(bodies: Sequence[str], url: str, *tokens: str, folder: Path) -> list[tuple[int, str, str]]:
    """Runs all programs at once, each with the next of `tokens` or the last one; returns exit status, stdout and stderr of each.

    Settings and tokens are in `folder`.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIZOOMDOC_")},
        "AIZOOMDOC_CONFIG_DIR": str(folder / "settings"),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONIOENCODING": "utf-8",
    }
    return await asyncio.gather(
        *(_run(body, url, tokens[min(number, len(tokens) - 1)], environment, folder) for number, body in enumerate(bodies))
    )


async def _run(body: str, url: str, token: str, environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", BEGINNING + textwrap.dedent(body), url, token),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        cwd=folder,
    )
    stdout, stderr = await process.communicate()
    return process.returncode or 0, stdout.decode(), stderr.decode()
