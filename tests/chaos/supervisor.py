"""Keeps the server of a chaos run alive, or not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

import attrs


@attrs.define(eq=False)
class Supervisor:
    """One server process on one port, with one data folder."""

    folder: Path
    port: int
    _process: asyncio.subprocess.Process
    _pid: int = 0
    _busy: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)
    deaths: int = attrs.field(default=0, init=False)
    births: int = attrs.field(default=0, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def begin(self) -> None:
        """A new life."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._pid = int((await self._line()).removeprefix("ready "))

    async def end(self, number: signal.Signals) -> None:
        """The end of this life, however long it takes."""
        os.kill(self._pid, number)
        assert "gone" == await self._line()

    async def restart(self, number: signal.Signals) -> None:
        """Ends this life and begins another, unless somebody else is at it."""
        if self._busy.locked():
            return
        async with self._busy:
            self.deaths += 1
            await self.end(number)
            await self.begin()
            self.births += 1

    async def settled(self) -> None:
        """Returns when nobody is restarting it."""
        async with self._busy:
            pass

    async def _line(self) -> str:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().strip()
        if not line:
            raise RuntimeError(f"The server is gone for good: see {self.folder / 'log'}")
        return line


@contextlib.asynccontextmanager
async def supervised(folder: Path) -> AsyncGenerator[Supervisor]:
    """A running server; gone afterwards."""
    port = free_port()
    process = await _started(folder, port, log := _log(folder))
    log.close()
    supervisor = Supervisor(folder, port, process)
    try:
        await supervisor.begin()
        yield supervisor
        await supervisor.settled()
        await supervisor.end(signal.SIGTERM)
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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
