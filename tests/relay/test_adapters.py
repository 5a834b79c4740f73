"""Answers on their way to browsers through real web servers: uvicorn, gunicorn with its worker, aiohttp.web."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import attrs
import pytest

from aizoomdoc_client.testing import (
    Answer,
    Deltas,
    ScriptedServer,
    ServerBehavior,
    Step,
    SyncPoint,
    Wait,
    complex_answer,
    error_answer,
)
from aizoomdoc_client.testing.answer_presets import final
from tests.relay.desks import OWNER, STRANGER, TEXT

FOLDER = Path(__file__).parent
SERVERS = ["uvicorn", "gunicorn", "aiohttp"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is of POSIX systems")


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


def command(kind: str, port: int) -> Sequence[str]:
    match kind:
        case "uvicorn":
            return ["-m", "uvicorn", "--factory", "backends:application", "--port", str(port), "--ws", "websockets"]
        case "gunicorn":
            worker = ["--worker-class", "uvicorn_worker.UvicornWorker", "--graceful-timeout", "5"]
            return ["-m", "gunicorn", "backends:application()", "--bind", f"127.0.0.1:{port}", *worker]
        case _:
            return ["backends.py", str(port)]


@asynccontextmanager
async def backend_of(kind: str, tmp_path: Path, **environment: str) -> AsyncIterator[Backend]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    async with ScriptedServer(ServerBehavior.PRODUCTION) as server, aiohttp.ClientSession() as browser:
        given = {"AIZOOMDOC_SERVER": server.url, "AIZOOMDOC_TOKEN": server.static_token, "PYTHONPATH": str(FOLDER)} | environment
        log = tmp_path / "backend.log"
        with log.open("wb") as printed:
            process = subprocess.Popen(  # noqa: ASYNC220 - it takes a millisecond
                [sys.executable, *command(kind, port)], cwd=FOLDER, env=os.environ | given, stdout=printed, stderr=printed
            )
        backend = Backend(server, process, f"http://127.0.0.1:{port}", browser, log)
        try:
            await _until_there(backend)
            yield backend
        finally:
            process.kill()
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


@pytest.fixture(params=SERVERS)
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend_of(request.param, tmp_path) as running:
        yield running


async def test_a_browser_gets_the_answer_as_server_sent_events(backend: Backend) -> None:
    """With the headers that keep proxies from collecting them, with ids, and from where it was; nobody else gets anything."""
    stream = await backend.ask(complex_answer(TEXT))
    async with backend.looking(stream) as response:
        headers = {name: response.headers.get(name) for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering")}
        text = await response.text()
    events = events_of(text)
    rest = await backend.read(stream, **{"Last-Event-ID": "9"})
    statuses = []
    for owner, after in ((STRANGER, ""), (OWNER, str(len(events)))):
        async with backend.looking(stream, owner=owner, **{"Last-Event-ID": after}) as response:
            statuses.append(response.status)
    async with backend.looking("unknown") as response:
        unknown = response.status, await response.text()

    assert ["text/event-stream; charset=utf-8", "no-store", "no"] == [*headers.values()]
    assert text.startswith("retry: 1000\n\n")
    assert [*map(str, range(1, len(events) + 1))] == [event.id for event in events]
    assert TEXT == "".join(json.loads(event.data)["token"] for event in events if event.name == "llm_token")
    assert events[9:] == rest
    assert ([404, 204], (404, "there is no such stream")) == (statuses, unknown)


async def test_silence_is_filled_with_comments(backend: Backend) -> None:
    """Proxies close connections on which nothing happens."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    async with backend.looking(stream) as response:
        read = b""
        while b"\n\n: \n\n" not in read:
            read += await response.content.readany()

    assert b"llm_token" in read


async def test_a_browser_that_leaves_is_noticed(backend: Backend) -> None:
    """The answer goes on, and nobody looks."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    async with backend.looking(stream) as response:
        await response.content.readany()
        there = await backend.viewers()
        response.close()
    while await backend.viewers():  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0.02)

    assert 1 == there


async def test_stop_is_the_owners(backend: Backend) -> None:
    """A stranger's is not found."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    statuses = []
    for owner in (STRANGER, OWNER):
        async with backend.browser.delete(f"{backend.url}/answers/{stream}", headers={"X-Owner": owner}) as response:
            statuses.append(response.status)
    events = await backend.read(stream)

    assert [404, 204] == statuses
    assert ("answer_stopped", '{"reason":"requested"}') == (events[-1].name, events[-1].data)


async def test_a_failure_is_an_event_with_a_code(backend: Backend) -> None:
    """Without the server's words."""
    events = await backend.read(await backend.ask(error_answer("Traceback: key=sk-12345")))

    assert "error" == events[-1].name
    assert {"code": "answer_failed", "message": "The model could not answer"} == json.loads(events[-1].data)


async def test_a_websocket_has_the_same_events(backend: Backend) -> None:
    """Each with its id; a stream that is not there closes it."""
    stream = await backend.ask(complex_answer(TEXT))
    events = await backend.read(stream)
    async with backend.browser.ws_connect(f"{backend.url}/sockets/{stream}", headers={"X-Owner": OWNER}) as websocket:
        frames = [json.loads(message.data) async for message in websocket]
    async with backend.browser.ws_connect(f"{backend.url}/sockets/{stream}", headers={"X-Owner": STRANGER}) as websocket:
        refused = [message async for message in websocket], websocket.close_code

    assert [(event.name, event.id) for event in events] == [(frame["event"], str(frame["id"])) for frame in frames]
    assert ([], 4404) == refused


@pytest.mark.parametrize(
    ("backend", "number"),
    [(kind, signal.SIGTERM) for kind in SERVERS] + [(kind, signal.SIGINT) for kind in SERVERS if kind != "gunicorn"],
    indirect=["backend"],
)
async def test_the_backend_ends_with_open_streams(backend: Backend, number: signal.Signals) -> None:
    """Viewers get a last event, nothing hangs, no traceback is printed."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    async with backend.looking(stream) as response:
        await response.content.readany()
        backend.process.send_signal(number)
        events = events_of((await response.read()).decode())
    code, errors = await asyncio.to_thread(backend.ended)

    assert "answer_stopped" == events[-1].name
    assert "" == errors
    assert code in {0, 130, -number}


async def test_an_answer_that_ends_in_time_is_complete(backend: Backend) -> None:
    """At the end of a backend, too."""
    released = SyncPoint()
    stream = await backend.ask([Deltas(["Высота "]), Wait(released), Deltas(["этажа 3,3 м."]), final(TEXT)])
    async with backend.looking(stream) as response:
        await response.content.readany()
        backend.process.terminate()
        released.set()
        events = events_of((await response.read()).decode())

    assert "completed" == events[-1].name


@pytest.mark.parametrize("kind", ["uvicorn", "aiohttp"])
async def test_a_browser_comes_back_where_only_other_workers_could_tell(kind: str, tmp_path: Path) -> None:
    """It would not after an error's status."""
    async with backend_of(kind, tmp_path, REDIS="redis://127.0.0.1:9/0") as backend:
        events = await backend.read("unknown")

    assert [SSE("reconnect", '{"retry_ms":2000}', None, "2000")] == events
