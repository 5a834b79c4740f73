"""Backends on a relay as processes: uvicorn, gunicorn with its worker, aiohttp.web."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import attrs

from aizoomdoc_client.testing import Answer, ScriptedServer, ServerBehavior, Step
from tests.free_ports import free_port
from tests.relay.desks import OWNER

FOLDER = Path(__file__).parent
SERVERS = ["uvicorn", "gunicorn", "aiohttp"]


@attrs.frozen
class SSE:
    """A server-sent event as a browser reads it."""

    name: str
    data: str
    id: str | None
    retry: str | None = None


@attrs.define
class Backend:
    """A backend as a process, the server that it asks, and a browser's session."""

    server: ScriptedServer
    process: subprocess.Popen[bytes]
    url: str
    browser: aiohttp.ClientSession
    log: Path

    async def ask(self, answer: Answer | list[Step], owner: str = OWNER) -> str:
        self.server.script_answer(answer)
        async with self.browser.post(f"{self.url}/answers", headers={"X-Owner": owner}) as response:
            assert 200 == response.status, await response.text()
            return (await response.json())["stream"]

    @asynccontextmanager
    async def looking(self, stream: str, *, owner: str = OWNER, **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self.browser.get(f"{self.url}/answers/{stream}", headers={"X-Owner": owner, **headers}) as response:
            yield response

    async def read(self, stream: str, **headers: str) -> list[SSE]:
        async with self.looking(stream, **headers) as response:
            assert 200 == response.status
            return events_of(await response.text())

    async def viewers(self) -> int:
        async with self.browser.get(f"{self.url}/viewers") as response:
            return await response.json()

    def ended(self) -> tuple[int, str]:
        """Its exit code, and what it printed about errors."""
        code = self.process.wait(10)
        printed = self.log.read_text()
        return code, "\n".join(
            line for line in printed.splitlines() if re.search(r"Traceback|Error|exception|killed", line) and "[INFO]" not in line
        )


def events_of(text: str) -> list[SSE]:
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            events.append(SSE(fields["event"], fields["data"], fields.get("id"), fields.get("retry")))
    return events


def command(kind: str, port: int) -> list[str]:
    match kind:
        case "uvicorn":
            return ["-m", "uvicorn", "--factory", "backends:application", "--port", str(port)]
        case "gunicorn":
            worker = ["--worker-class", "uvicorn_worker.UvicornWorker", "--graceful-timeout", "2"]
            return ["-m", "gunicorn", "backends:application()", "--bind", f"127.0.0.1:{port}", *worker]
        case _:
            return ["backends.py", str(port)]


@asynccontextmanager
async def backend_of(kind: str, tmp_path: Path, *options: str, **environment: str) -> AsyncIterator[Backend]:
    port = free_port()
    one_request_each = aiohttp.TCPConnector(force_close=True)  # a kept one may be that of a worker that has ended since
    async with ScriptedServer(ServerBehavior.PRODUCTION) as server, aiohttp.ClientSession(connector=one_request_each) as browser:
        given = {"AIZOOMDOC_SERVER": server.url, "AIZOOMDOC_TOKEN": server.static_token, "PYTHONPATH": str(FOLDER)}
        given |= {"HOME": str(tmp_path)} | environment  # gunicorn keeps a socket there
        log = tmp_path / "backend.log"
        with log.open("wb") as printed:
            process = subprocess.Popen(  # noqa: ASYNC220 - it takes a millisecond
                [sys.executable, *command(kind, port), *options],
                cwd=FOLDER,
                env=os.environ | given,
                stdout=printed,
                stderr=printed,
                start_new_session=True,
            )
        backend = Backend(server, process, f"http://127.0.0.1:{port}", browser, log)
        try:
            await _until_there(backend)
            yield backend
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with gunicorn's workers, which would stay
            process.wait()


async def _until_there(backend: Backend) -> None:
    while True:
        assert backend.process.poll() is None, backend.log.read_text()
        try:
            await backend.viewers()
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.05)
        else:
            return
