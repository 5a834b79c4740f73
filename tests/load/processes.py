"""Child processes of a load run and their control by lines of JSON."""

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
class ControlledProcess:
    """A process that writes one line when it is ready, and one reply line for each command."""

    first_line: str
    process: Process

    async def send(self, do: str, **options: Any) -> Any:
        """Sends a command; returns the reply."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **options}).encode() + b"\n")
        return json.loads(await _line(self.process))

    async def counts(self) -> Counter[str]:
        """The server's counts of requests so far."""
        return Counter(await self.send("counts"))

    async def kill(self) -> None:
        """Kills the process (SIGKILL)."""
        self.process.kill()
        await self.process.wait()


@contextlib.asynccontextmanager
async def controlled_process(module: str, *arguments: object) -> AsyncGenerator[ControlledProcess]:
    """Starts a module of this package as a process; ends it at exit."""
    # In its own process group, so that Ctrl-C at the terminal reaches only the parent.
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
        yield ControlledProcess(await _line(process), process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()


def server(behavior: str = "production") -> contextlib.AbstractAsyncContextManager[ControlledProcess]:
    """A server process, whose first line is its address."""
    return controlled_process("tests.load.server", behavior)


async def _line(process: Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise RuntimeError(f"A process ended with {await process.wait()}: its output is on standard error")
    return line
