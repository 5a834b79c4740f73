"""How web servers end while streams are open, and what browsers get then: by signals, time limits and limits of requests."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from aizoomdoc_client.testing import Deltas, Step, SyncPoint, Wait
from aizoomdoc_client.testing.answer_presets import final
from tests.relay.backend_processes import SERVERS, SSE, Backend, backend_of, events_of
from tests.relay.desks import OWNER, TEXT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is of POSIX systems")
LONG = "30"


def endless() -> list[Step]:
    return [Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)]


async def last_event_of(response: aiohttp.ClientResponse) -> str:
    return events_of((await response.read()).decode())[-1].name


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [(kind, [number]) for kind in SERVERS for number in (signal.SIGTERM, signal.SIGINT)]
    + [("uvicorn", [signal.SIGTERM, signal.SIGTERM])],
)
async def test_the_backend_ends_with_open_streams(kind: str, numbers: list[signal.Signals], tmp_path: Path) -> None:
    """Viewers get a last event, nothing hangs, no traceback is printed.

    uvicorn closes WebSockets itself, with code 1012: the service restarts, come back.
    """
    async with backend_of(kind, tmp_path) as backend, AsyncExitStack() as stack:
        stream = await backend.ask(endless())
        response = await stack.enter_async_context(backend.looking(stream))
        await response.content.readany()
        url = f"{backend.url}/sockets/{stream}"
        websocket = await stack.enter_async_context(backend.browser.ws_connect(url, headers={"X-Owner": OWNER}))
        await websocket.receive()
        for number in numbers:
            backend.process.send_signal(number)
        frames = [json.loads(message.data)["event"] async for message in websocket]
        last = await last_event_of(response)
        code, errors = await asyncio.to_thread(backend.ended)

    assert "answer_stopped" == last
    assert (websocket.close_code, frames[-1:]) in [(1000, ["answer_stopped"]), (1012, [])]
    assert "" == errors
    assert code in {0, 130, -numbers[0]}


async def test_a_time_limit_of_uvicorn_is_kept(tmp_path: Path) -> None:
    """Though answers would have longer: they are stopped before it cancels the responses."""
    options = ("--timeout-graceful-shutdown", "1", "--loop", "asyncio")
    async with backend_of("uvicorn", tmp_path, *options, FINISH=LONG) as backend:
        async with backend.looking(await backend.ask(endless())) as response:
            await response.content.readany()
            backend.process.terminate()
            last = await last_event_of(response)
        code, errors = await asyncio.to_thread(backend.ended)

    assert ("answer_stopped", "", -signal.SIGTERM) == (last, errors, code)


async def test_a_worker_at_its_limit_of_requests_ends(tmp_path: Path) -> None:
    """Without a signal; it no longer accepts connections, and would wait for its streams."""
    async with backend_of("uvicorn", tmp_path, "--limit-max-requests", "20") as backend:
        async with backend.looking(await backend.ask(endless())) as response:
            await response.content.readany()
            for _ in range(19):  # the twentieth request, as a stream counts at its end
                await backend.viewers()
            last = await last_event_of(response)
        await backend.browser.close()  # its connections are kept alive
        code, errors = await asyncio.to_thread(backend.ended)

    assert ("answer_stopped", "", 0) == (last, errors, code)


async def test_who_cannot_wait_lets_viewers_come_back(tmp_path: Path) -> None:
    """A second Ctrl-C cancels the responses."""
    async with backend_of("uvicorn", tmp_path, FINISH=LONG) as backend:
        async with backend.looking(await backend.ask(endless())) as response:
            await response.content.readany()
            backend.process.send_signal(signal.SIGINT)
            await _printed(backend, b"Waiting for connections")
            backend.process.send_signal(signal.SIGINT)
            last = await last_event_of(response)
        await asyncio.to_thread(backend.ended)

    assert "reconnect" == last
    assert "Exception in ASGI application" not in backend.log.read_text()


async def test_gunicorn_replaces_its_workers(tmp_path: Path) -> None:
    """At SIGHUP: who looked gets a last event, and the next question goes to a new worker."""
    async with backend_of("gunicorn", tmp_path) as backend:
        async with backend.looking(await backend.ask(endless())) as response:
            await response.content.readany()
            backend.process.send_signal(signal.SIGHUP)
            last = await last_event_of(response)
        await _printed(backend, b"Finished server process")
        begun = await backend.ask(endless())
        backend.process.terminate()
        _, errors = await asyncio.to_thread(backend.ended)

    assert ("answer_stopped", "", 32) == (last, errors, len(begun))


@pytest.mark.parametrize("kind", ["uvicorn", "aiohttp"])
async def test_an_answer_that_ends_in_time_is_complete(kind: str, tmp_path: Path) -> None:
    """At the end of a backend, too."""
    async with backend_of(kind, tmp_path, FINISH=LONG) as backend:
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
        events = await backend.read("x" * 32)  # what is no id is not asked for

    assert [SSE("reconnect", '{"retry_ms":2000}', None, "2000")] == events


async def _printed(backend: Backend, words: bytes) -> None:
    while words not in backend.log.read_bytes():  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0.02)
