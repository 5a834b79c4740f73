"""Starts, kills and restarts the server of a chaos run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

import attrs

from tests.free_ports import free_port


@attrs.define(eq=False)
class Supervisor:
    """One server process on one port, with one data folder."""

    folder: Path
    port: int
    _process: asyncio.subprocess.Process
    _pid: int = 0
    _restarting: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)
    stops: int = attrs.field(default=0, init=False)
    starts: int = attrs.field(default=0, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts the server and waits until it is ready."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._pid = int((await self._line()).removeprefix("ready "))

    async def stop(self, number: signal.Signals) -> None:
        """Sends the signal and waits until the server has ended."""
        os.kill(self._pid, number)
        assert "gone" == await self._line()

    async def restart(self, number: signal.Signals) -> None:
        """Stops and starts the server; does nothing while another restart is going on."""
        if self._restarting.locked():
            return
        async with self._restarting:
            self.stops += 1
            await self.stop(number)
            await self.start()
            self.starts += 1

    async def wait_until_running(self) -> None:
        """Returns when no restart is going on."""
        async with self._restarting:
            pass

    async def _line(self) -> str:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().strip()
        if not line:
            raise RuntimeError(f"The server process has ended: see {self.folder / 'log'}")
        return line


@contextlib.asynccontextmanager
async def supervised(folder: Path) -> AsyncGenerator[Supervisor]:
    """A running server; stopped at exit."""
    port = free_port()
    process = await _started(folder, port, log := _log(folder))
    log.close()
    supervisor = Supervisor(folder, port, process)
    try:
        await supervisor.start()
        yield supervisor
        await supervisor.wait_until_running()
        await supervisor.stop(signal.SIGTERM)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


def _log(folder: Path) -> BinaryIO:
    folder.mkdir(exist_ok=True)
    return (folder / "log").open("ab")


async def _started(folder: Path, port: int, log: BinaryIO) -> asyncio.subprocess.Process:
    command, pipe = (sys.executable, "-m", "tests.chaos.server", str(folder), str(port)), asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=log, start_new_session=True)
