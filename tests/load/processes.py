"""Processes of a load run, seen from the one that judges."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import attrs

REPO = Path(__file__).parent.parent.parent


@attrs.frozen(eq=False)
class Told:
    """A process that says one line when it is ready, and one for each that it is told."""

    first_line: str
    process: Process

    async def tell(self, do: str, **options: Any) -> Any:
        """What it replies."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **options}).encode() + b"\n")
        return json.loads(await _line(self.process))

    async def counts(self) -> Counter[str]:
        """What a server was asked for so far, how often."""
        return Counter(await self.tell("counts"))

    async def kill(self) -> None:
        """Ends it as nobody can prepare for."""
        self.process.kill()
        await self.process.wait()


@contextlib.asynccontextmanager
async def told(module: str, *arguments: object) -> AsyncGenerator[Told]:
    """A process of this package; gone afterwards."""
    # Its own group, so that Ctrl-C at the terminal is the business of the one that judges.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIZOOMDOC_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *map(str, arguments)),
        stdin=PIPE,
        stdout=PIPE,
        cwd=REPO,
        env=environment,
        limit=2**24,
        start_new_session=True,
    )
    try:
        yield Told(await _line(process), process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()


def server(behavior: str = "production") -> contextlib.AbstractAsyncContextManager[Told]:
    """A server, whose first line is its address."""
    return told("tests.load.server", behavior)


async def _line(process: Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise RuntimeError(f"A process ended with {await process.wait()}: what it said is on standard error")
    return line
