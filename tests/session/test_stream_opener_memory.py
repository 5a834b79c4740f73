"""What one process learns of a server's transports counts in others, and what an opening waits for is said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, cast

import attrs
import pytest

from aizoomdoc_client import APIError, APITimeoutError, NotFoundError, ProtocolError
from aizoomdoc_client.catalog import LocalizedText
from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.protocol.requests import Request, StreamScope
from aizoomdoc_client.protocol.transport_choice import Learnt, TransportChoice
from aizoomdoc_client.session import stream_opener
from aizoomdoc_client.session.stream_opener import ServerMemory, StreamOpener


class LastingWorld(ServerMemory):
    """What processes share, and a transport that opens nothing or a stream."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.learnt = Learnt()
        self.opened = list[str]()
        self.aborted = 0
        self.saving: Callable[[], None] = lambda: None

    def load(self, now: float) -> Learnt:
        return self.learnt.shifted(now)

    def save(self, learnt: Learnt, now: float) -> None:
        self.learnt = learnt.shifted(-now)
        self.saving()

    def process(self) -> StreamOpener:
        """The opener of a new process."""
        return StreamOpener(TransportChoice("auto"), websocket=Opening(self, "ws"), eventsource=Opening(self, "sse"), memory=self)


@attrs.frozen
class Opening:
    world: LastingWorld
    name: str

    async def open(self, request: Request[Any], **_: Any) -> Any:
        self.world.opened.append(self.name)
        result = self.world.results.pop(0)
        if isinstance(result, float):
            await asyncio.sleep(result)
            result = self
        if isinstance(result, APIError):
            raise result
        return result

    def abort(self) -> None:
        self.world.aborted += 1


LOST = APITimeoutError("lost", deadline="connect", request_sent=True)
STREAM = requests.stream("6f1c1a52-0000-4000-8000-000000000001", StreamScope())


async def test_a_doubt_is_remembered_by_other_processes_and_ends_for_all() -> None:
    """After a handshake without an answer other processes begin with events; a WebSocket that opens ends the doubt."""
    world = LastingWorld(LOST, "stream", NotFoundError("none", status_code=404), "stream", "stream")
    with pytest.raises(APITimeoutError):
        await world.process().open(STREAM, token=Secret("t"), connect_timeout=1)
    for _ in range(3):
        await world.process().open(STREAM, token=Secret("t"), connect_timeout=1)

    assert ["ws", "sse", "sse", "ws", "ws"] == world.opened


async def test_a_cancelled_opening_leaves_no_stream() -> None:
    """When it is cancelled while what was learnt is saved, the stream is aborted."""
    world = LastingWorld(ProtocolError("no WebSocket"), 0.0)
    loop, saving, saved = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def save() -> None:
        loop.call_soon_threadsafe(saving.set)
        saved.wait(10)

    world.saving = save
    opening = asyncio.create_task(world.process().open(STREAM, token=Secret("t"), connect_timeout=1))
    await saving.wait()
    opening.cancel()
    saved.set()
    with pytest.raises(asyncio.CancelledError):
        await opening

    assert 1 == world.aborted


async def test_a_record_says_what_is_waited_for(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """One after some seconds of waiting for a WebSocket, one when it is doubted; none where it opens soon, or for events."""
    monkeypatch.setattr(stream_opener, "NOTICE_SECONDS", 0.02)
    caplog.set_level("INFO", "aizoomdoc_client.session.waits")
    world = LastingWorld(0.0, 0.2, LOST, 0.2)
    process = world.process()
    for _ in range(2):
        await process.open(STREAM, token=Secret("t"), connect_timeout=7)
    with pytest.raises(APITimeoutError):
        await process.open(STREAM, token=Secret("t"), connect_timeout=7)
    await process.open(STREAM, token=Secret("t"), connect_timeout=7)
    records = [record for record in caplog.records if record.name == "aizoomdoc_client.session.waits"]

    assert ["websocket_awaited", "websocket_doubted"] == [cast("LocalizedText", record.msg).code for record in records]
    assert "for up to 7 s" in records[0].getMessage()
    assert "for up to 23.5 s" in records[1].getMessage()
