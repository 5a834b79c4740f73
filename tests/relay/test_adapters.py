"""Answers on their way to browsers through real web servers: uvicorn, gunicorn with its worker, aiohttp.web."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from aizoomdoc_client.testing import Deltas, SyncPoint, Wait, complex_answer, error_answer
from aizoomdoc_client.testing.answer_presets import final
from tests.relay.backend_processes import SERVERS, Backend, backend_of, events_of
from tests.relay.desks import OWNER, STRANGER, TEXT

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is of POSIX systems"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SERVERS)
async def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Backend]:
    given = {"MIDDLEWARE": "1"} if request.param == "gunicorn" else {}  # what backends have around their endpoints
    async with backend_of(request.param, tmp_path_factory.mktemp("backend"), **given) as running:
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


async def test_a_backends_own_headers_replace_the_relays(backend: Backend) -> None:
    """However they are written; a header that is there twice would be read by each proxy in its own way."""
    stream = await backend.ask(complex_answer(TEXT))
    async with backend.looking(stream, **{"X-Cache-Control": "no-store, no-transform"}) as response:
        found = [response.headers.getall(name, []) for name in ("Cache-Control", "X-Own", "X-Accel-Buffering", "Content-Length")]

    assert [["no-store, no-transform"], ["yes"], ["no"], []] == found


async def test_silence_is_filled_with_comments(backend: Backend) -> None:
    """Proxies close connections on which nothing happens."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    async with backend.looking(stream) as response:
        read = b""
        while b"\n\n: \n\n" not in read:
            read += await response.content.readany()

    assert b"llm_token" in read


async def test_a_browser_that_leaves_is_noticed_within_a_second(backend: Backend) -> None:
    """Long before anything is written to it; the answer goes on. Of three, as a busy machine may be late itself."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    seconds = []
    for _ in range(3):
        await _nobody_looks(backend)
        async with backend.looking(stream, **{"X-Heartbeat": "60"}) as response:
            await response.content.readuntil(b"llm_token")
            there = await backend.viewers()
            response.close()
        left_at = asyncio.get_running_loop().time()
        await _nobody_looks(backend)
        seconds.append(asyncio.get_running_loop().time() - left_at)

    assert 1 == there
    assert min(seconds) < 1


async def _nobody_looks(backend: Backend) -> None:
    while await backend.viewers():  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0.02)


async def test_stop_is_the_owners(backend: Backend) -> None:
    """A stranger's is not found."""
    stream = await backend.ask([Deltas(["Высота "]), Wait(SyncPoint()), final(TEXT)])
    async with backend.looking(stream) as response:
        await response.content.readuntil(b"llm_token")
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
